// Fault 4: no space left, at every call that needs some and on a small real disk.
import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMount, mount } from "../support/mounts.ts";
import { runPrep } from "../support/run-prep.ts";
import type { CallKind } from "./support/fault.ts";
import { type Job, openJob } from "./support/job.ts";
import { refusedOrDone, sweepCalls } from "./support/sweep.ts";

const NEED_SPACE: readonly CallKind[] = ["open", "write", "fsync", "link", "rename", "mkdir"];

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 10, shardRows: 10 });
  await job.plan("plan");
});
afterAll(() => job.close());

describe("no space left at the k-th call and from then on, for every k", () => {
  it("ends one task with an error in words, and the job completes when there is space again", async () => {
    const { calls, faults } = await sweepCalls(job, "task", {
      fault: { role: "worker", call: { kinds: NEED_SPACE }, action: "fail", code: "ENOSPC", forever: NEED_SPACE },
      template: "plan",
      command: (output) => ["task", output, "--index", "0"],
      judge: refusedOrDone,
    });
    expect(faults).toEqual([]);
    expect(calls.length).toBeGreaterThan(8);
    console.log(`${calls.length} calls without space: ${calls.join(", ")}`);
  });
});

describe.skipIf(!canMount())("a disk of 32 MB (skipped where mounting is not permitted)", () => {
  it("stops the job with whole shards alone, and the same command completes when there is space", async () => {
    const disk = job.output("disk");
    const large = await openJob({ rows: 400, shardRows: 20, pictureSide: 600, options: ["--image-size", "1024"] });
    await mkdir(disk);
    mount("-t", "tmpfs", "-o", "size=32m", "tmpfs", disk);
    try {
      await writeFile(join(disk, "ballast"), Buffer.alloc(24 * 2 ** 20));
      const args = large.args(join(disk, "out"));
      const full = await runPrep(args);
      expect(full).toMatchObject({ code: 5, stderr: expect.stringMatching(/^error: the disk is full while .*\nhint: Free space/m) });
      expect(await large.faults(join(disk, "out"), false)).toEqual([]);
      await rm(join(disk, "ballast"));
      expect((await runPrep(args)).code).toBe(0);
      expect(await large.faults(join(disk, "out"))).toEqual([]);
    } finally {
      execFileSync("umount", [disk]);
      await large.close();
    }
  });
});

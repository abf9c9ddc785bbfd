// Outputs that vanish during a run, on a disk that goes stale, or without hard links.
import { existsSync } from "node:fs";
import { readdir, rename } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallFault, faultEnvironment } from "../support/faults/fault.ts";
import { type Job, openJob } from "../support/faults/job.ts";
import { refusedOrDone, sweepCalls, wasKilled } from "../support/faults/sweep.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 200, shardRows: 20, delayMs: 20, options: ["--thread-count", "8"] });
});
afterAll(() => job.close());

describe("an output that vanishes", () => {
  it("ends the run with an error in words; once it is back, the same command completes it", async () => {
    const root = job.output("vanishing");
    const running = startPrep(job.args("vanishing"));
    while (!existsSync(`${root}/00001_stats.json`)) await new Promise((resolve) => setTimeout(resolve, 2));
    await rename(root, `${root}-away`);
    const result = await running.result;
    expect(refusedOrDone(result)).toBeUndefined();
    expect(result.code).not.toBe(0);
    if (existsSync(root)) expect((await readdir(root)).filter((name) => /^\d+\.tar$/.test(name))).toEqual([]);
    await rename(`${root}-away`, root);
    const again = await runPrep(job.args("vanishing"));
    expect(again.code === 0 ? "" : ending(again)).toBe("");
    expect(await job.faults("vanishing")).toEqual([]);
  });
});

describe("a disk that goes stale (ESTALE)", () => {
  it("ends the run with an error in words", async () => {
    const root = job.output("stale");
    const fault: CallFault = {
      root,
      role: "worker",
      call: { kinds: ["fsync"], path: "00002" },
      k: 1,
      action: "fail",
      code: "ESTALE",
      forever: ["open", "write", "fsync", "link", "rename", "unlink", "rm"],
    };
    const result = await runPrep(job.args("stale"), { env: faultEnvironment(fault) });
    expect(result.stderr).toMatch(/^error: the disk failed while .*\nhint: /m);
    expect(result.code).toBe(5);
    expect((await runPrep(job.args("stale"))).code).toBe(0);
    expect(await job.faults("stale")).toEqual([]);
  });
});

describe("a file system without hard links", () => {
  it("serves a whole job", async () => {
    const fault = (role: "worker" | "main"): CallFault => ({
      root: job.output("linkless"),
      role,
      call: { kinds: ["link"] },
      k: 1,
      action: "fail",
      code: "EPERM",
      forever: ["link"],
    });
    const result = await runPrep(job.args("linkless"), { env: faultEnvironment(fault("worker")) });
    expect(result.code === 0 ? "" : ending(result)).toBe("");
    expect(await job.faults("linkless")).toEqual([]);
  });

  it("loses and duplicates nothing when a worker is killed at any call that writes the record", async () => {
    const small = await openJob({ rows: 10, shardRows: 10 });
    await small.plan("plan");
    try {
      const { calls, faults } = await sweepCalls(small, "linkless", {
        fault: {
          role: "worker",
          call: { kinds: ["open", "write", "fsync", "close"], path: "stats\\.json" },
          action: "kill-after",
          linkless: true,
        },
        template: "plan",
        command: (output) => ["task", output, "--index", "0"],
        judge: wasKilled,
      });
      expect(faults).toEqual([]);
      expect(calls.join()).toContain("fsync _prep/tmp/00000.*/00000_stats.json.new.claim.new 1");
    } finally {
      await small.close();
    }
  });
});

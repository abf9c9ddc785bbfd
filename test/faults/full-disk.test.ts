// No space left, at each call that needs space and on a small real disk.
import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallKind, faultEnvironment } from "../support/faults/fault.ts";
import { IS_LONG, type Job, openJob, UNRESIZED } from "../support/faults/job.ts";
import { refusedOrDone, sweepCalls } from "../support/faults/sweep.ts";
import { canMount, mount } from "../support/mounts.ts";
import { ending, type PrepResult, runPrep, startPrep } from "../support/run-prep.ts";

const NEED_SPACE: readonly CallKind[] = ["open", "write", "fsync", "link", "rename", "mkdir"];

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 10, shardRows: 10, options: UNRESIZED });
  await job.plan("waiting");
  await job.plan("plan", "--max-outage", "0");
});
afterAll(() => job.close());

describe("no space left from any call on", () => {
  it("ends a task that may not wait with an error in words, and the job completes when there is space", async () => {
    const { calls, faults } = await sweepCalls(job, "task", {
      // The short form tries two kinds; failing-disk.test.ts tries every call with another error.
      fault: {
        role: "worker",
        call: { kinds: IS_LONG ? NEED_SPACE : ["write", "link"] },
        action: "fail",
        code: "ENOSPC",
        forever: NEED_SPACE,
      },
      template: "plan",
      command: (output) => ["task", output, "--index", "0"],
      judge: refusedOrDone,
    });
    expect(faults).toEqual([]);
    expect(calls.length).toBeGreaterThan(IS_LONG ? 8 : 2);
    console.log(`${calls.length} calls without space: ${calls.join(", ")}`);
  });
});

/** Judges a process that must succeed, with notices of a full disk and nothing else on stderr. */
function waitedOrDone(result: PrepResult): string | undefined {
  if (result.code !== 0) return ending(result);
  return /^(notice: the disk is full: .* free and needs .*; the download waits up to 600 s for space\nnotice: there is space again: .*\n)*$/.test(
    result.stderr,
  )
    ? undefined
    : `it printed ${result.stderr}`;
}

describe("no space left at one call alone", () => {
  it("makes a task wait with a notice, and then succeed", async () => {
    const { calls, faults, results } = await sweepCalls(job, "wait", {
      fault: { role: "worker", call: { kinds: NEED_SPACE }, action: "fail", code: "ENOSPC" },
      template: "waiting",
      command: (output) => ["task", output, "--index", "0"],
      judge: waitedOrDone,
    });
    expect(faults).toEqual([]);
    expect(results.filter(({ stderr }) => stderr.includes("there is space again")).length).toBeGreaterThan(8);
    console.log(`${calls.length} calls without space for a while`);
  });
});

describe("no space left for a summary at the end of a retry or a repair", () => {
  it.each(["sizes", "run"])("makes both wait for %s.json with a notice, and then succeed", async (file) => {
    const busy = await openJob({ rows: 20, shardRows: 10, isBusy: true });
    try {
      const output = busy.output(file);
      expect((await runPrep(busy.args(file))).code).toBe(0);
      busy.site.busy = "no";
      const env = faultEnvironment({
        ...{ root: output, role: "main", k: 1, action: "fail", code: "ENOSPC" },
        call: { kinds: ["rename"], path: `^${file}\\.json$` },
      });
      const options = ["--allow-private-network", "--quiet"];
      const waited = /^notice: the disk is full: .*\nnotice: there is space again: .*\n$/;
      const retried = await runPrep(["retry", output, ...options], { env });
      expect(retried).toMatchObject({ code: 0, stderr: expect.stringMatching(waited) });
      expect(await busy.faults(file)).toEqual([]);
      await rm(join(output, "00001.tar"));
      const repaired = await runPrep(["verify", output, "--repair", ...options], { env });
      expect(repaired).toMatchObject({ code: 0, stderr: expect.stringMatching(waited) });
      expect(await busy.faults(file)).toEqual([]);
    } finally {
      await busy.close();
    }
  });
});

describe.skipIf(!canMount())("a disk of 32 MB (skipped where mounting is not permitted)", () => {
  /** Works on a job that needs about 20 MB, and on a disk with 8 MiB free. */
  async function onSmallDisk(name: string, options: readonly string[], work: (large: Job, disk: string) => Promise<void>): Promise<void> {
    const disk = job.output(name);
    const shape = ["--image-size", "1024", "--processes-count", "2", ...options];
    const large = await openJob({ rows: 400, shardRows: 20, pictureSide: 600, hasNotices: true, options: shape });
    await mkdir(disk);
    mount("-t", "tmpfs", "-o", "size=32m", "tmpfs", disk);
    try {
      await writeFile(join(disk, "ballast"), Buffer.alloc(24 * 2 ** 20));
      await work(large, disk);
    } finally {
      // Lazily, because a failed test may leave a process there that would hide the failure.
      execFileSync("umount", ["--lazy", disk]);
      await large.close();
    }
  }

  it.each(["webdataset", "tfrecord", "parquet", "files"])(
    "makes a job in %s wait with a notice, and go on without loss when there is space",
    (format) =>
      onSmallDisk(`wait-${format}`, ["--output-format", format], async (large, disk) => {
        const output = join(disk, "out");
        const before = large.site.server.requests();
        const run = startPrep(large.args(output));
        await run.until(() => /notice: the disk is full: .*; the download waits up to 600 s for space/.test(run.stderrSoFar()));
        if (format === "webdataset") {
          expect(await large.faults(output, false)).toEqual([]);
          const status = await runPrep(["status", output]);
          expect(status.stdout).toMatch(
            /^ {2}paused since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(last heard of \S+ m?s ago\): the disk is full/m,
          );
        }
        await rm(join(disk, "ballast"));
        const result = await run.result;
        expect(result.code === 0 ? "" : ending(result)).toBe("");
        // One notice each, with the path, the free space and the space needed.
        const said = result.stderr.split("\n").filter((line) => /the disk is full|there is space/.test(line));
        expect(said).toEqual([
          expect.stringMatching(`^notice: the disk is full: ${output} has [\\d.]+ k?B free and needs [\\d.]+ MB; the download waits`),
          expect.stringMatching(`^notice: there is space again: ${output} has [\\d.]+ MB free, and the download goes on$`),
        ]);
        if (format === "webdataset") expect(await large.faults(output)).toEqual([]);
        expect((await runPrep(["verify", output])).code).toBe(0);
        // Downloaded samples were kept: one request a row, and one for robots.txt by each of two workers.
        expect(large.site.server.requests() - before).toBeLessThanOrEqual(400 + 2);
      }),
  );

  it("lets a waiting job be stopped with whole shards only, and the same command completes it later", () =>
    onSmallDisk("stop", [], async (large, disk) => {
      const output = join(disk, "out");
      const run = startPrep(large.args(output));
      await run.until(() => run.stderrSoFar().includes("notice: the disk is full"));
      run.process.kill("SIGINT");
      expect(await run.result).toMatchObject({ code: 130, stderr: expect.not.stringContaining("there is space again") });
      expect(await large.faults(output, false)).toEqual([]);
      await rm(join(disk, "ballast"));
      expect((await runPrep(large.args(output))).code).toBe(0);
      expect(await large.faults(output)).toEqual([]);
    }));

  it("ends a job after --max-outage with whole shards only, and the same command completes it later", () =>
    onSmallDisk("end", ["--max-outage", "2"], async (large, disk) => {
      const output = join(disk, "out");
      const full = await runPrep(large.args(output));
      const shortage = `${output} has [\\d.]+ k?B free and needs [\\d.]+ MB`;
      expect(full).toMatchObject({
        code: 5,
        stderr: expect.stringMatching(
          new RegExp(`^error: the disk is full while writing shards: ${shortage}\nhint: Free space there and`, "m"),
        ),
      });
      expect(full.stderr.match(/^notice: the disk is full/gm)).toHaveLength(1);
      expect(full.stderr).not.toContain("there is space");
      expect(await large.faults(output, false)).toEqual([]);
      await rm(join(disk, "ballast"));
      expect((await runPrep(large.args(output))).code).toBe(0);
      expect(await large.faults(output)).toEqual([]);
    }));
});

// Too few file descriptors, by a limit of the process and at each call that needs one.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Job, openJob } from "../support/faults/job.ts";
import { refusedOrDone, sweepCalls } from "../support/faults/sweep.ts";
import { PROGRAM } from "../support/run-prep.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 600, shardRows: 100, hosts: 300, delayMs: 50 });
});
afterAll(() => job.close());

/** Runs `prep` with this limit on open descriptors. */
async function runLimited(descriptors: number, args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const command = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  return await promisify(execFile)("sh", ["-c", command, process.execPath, PROGRAM, ...args]).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  );
}

describe("a limit on descriptors", () => {
  it("of 64 is refused before any download, with a hint", async () => {
    const asked = job.site.server.requests();
    const { code, stderr } = await runLimited(64, job.args("few"));
    expect(stderr).toMatch(/^error: .*64.*\nhint: .*ulimit -n/m);
    expect(code).toBe(5);
    expect(job.site.server.requests()).toBe(asked);
  });

  it("of 256 is enough, and no sample fails", async () => {
    const { code, stderr } = await runLimited(256, job.args("enough"));
    expect(code === 0 ? "" : stderr).toBe("");
    expect(await job.faults("enough")).toEqual([]);
  });
});

describe("no descriptor left at any call that needs one", () => {
  it("ends one task with an error in words, and the job completes afterwards", async () => {
    const small = await openJob({ rows: 10, shardRows: 10 });
    await small.plan("plan");
    try {
      const { calls, faults } = await sweepCalls(small, "task", {
        fault: { role: "worker", call: { kinds: ["open", "readFile", "readdir"] }, action: "fail", code: "EMFILE" },
        template: "plan",
        command: (output) => ["task", output, "--index", "0"],
        judge: refusedOrDone,
      });
      expect(faults).toEqual([]);
      expect(calls.length).toBeGreaterThan(6);
      console.log(`${calls.length} calls without a descriptor: ${calls.join(", ")}`);
    } finally {
      await small.close();
    }
  });
});

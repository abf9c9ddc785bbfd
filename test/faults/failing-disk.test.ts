// A disk error (EIO) at each file system call of a worker, once each.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_CALLS } from "../support/faults/fault.ts";
import { type Job, openJob } from "../support/faults/job.ts";
import { refusedOrDone, sweepCalls } from "../support/faults/sweep.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 10, shardRows: 10 });
  await job.plan("plan");
});
afterAll(() => job.close());

describe("a disk error at any call of a task", () => {
  it("ends it with an error in words, shows no torn file, and the job completes afterwards", async () => {
    const { calls, faults } = await sweepCalls(job, "task", {
      fault: { role: "worker", call: { kinds: ALL_CALLS }, action: "fail", code: "EIO" },
      template: "plan",
      command: (output) => ["task", output, "--index", "0"],
      judge: refusedOrDone,
    });
    expect(faults).toEqual([]);
    console.log(`${calls.length} disk errors: ${calls.join(", ")}`);
    for (const kind of ["open", "write", "read", "fsync", "close", "link", "rename"]) expect(calls.join()).toContain(`${kind} `);
  });
});

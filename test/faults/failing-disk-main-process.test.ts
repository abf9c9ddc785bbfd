// A disk error (EIO) at each file system call of the main process of a run, once each.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_CALLS } from "../support/faults/fault.ts";
import { type Job, openJob, UNRESIZED } from "../support/faults/job.ts";
import { refusedOrDone, sweepCalls } from "../support/faults/sweep.ts";
import { runPrep } from "../support/run-prep.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 10, shardRows: 10, options: UNRESIZED });
  expect((await runPrep(job.args("done"))).code).toBe(0);
});
afterAll(() => job.close());

describe("a disk error at any call of the main process", () => {
  it.each([
    ["before it has workers", { until: /sizes/ }],
    ["after the shards are done", { template: "done" }],
  ])("%s ends the run with an error in words, and the same command completes the output", async (label, part) => {
    const { calls, faults } = await sweepCalls(job, label.slice(0, 4), {
      fault: { role: "main", call: { kinds: ALL_CALLS }, action: "fail", code: "EIO" },
      command: (_output, name) => job.args(name),
      judge: refusedOrDone,
      ...part,
    });
    expect(faults).toEqual([]);
    console.log(`${calls.length} disk errors: ${calls.join(", ")}`);
  });
});

// A wall clock that is days ahead, decades behind, or jumps during the run.
import { afterAll, beforeAll, expect, it } from "vitest";
import { faultEnvironment } from "../support/faults/fault.ts";
import { type Job, openJob } from "../support/faults/job.ts";
import { ending, runPrep } from "../support/run-prep.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 200, shardRows: 20, delayMs: 10 });
});
afterAll(() => job.close());

it.each([
  ["five days ahead", { offsetMs: 5 * DAY }],
  ["26 years behind", { offsetMs: -26 * 365 * DAY }],
  ["that jumps back an hour soon after the start", { offsetMs: 0, jumpMs: -HOUR, jumpAfterMs: 300 }],
  ["that jumps ahead a day soon after the start", { offsetMs: 0, jumpMs: DAY, jumpAfterMs: 300 }],
])("a clock %s changes nothing", async (label, clock) => {
  const name = label.replaceAll(" ", "-");
  const result = await runPrep(job.args(name), { env: faultEnvironment({ clock }) });
  expect(result.code === 0 ? "" : ending(result)).toBe("");
  expect(await job.faults(name)).toEqual([]);
});

// Fault 18: two starts on one output, at the same time: both end well where they ask for the same, else one is refused.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { ending, type Job, openJob } from "./support/job.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 400, shardRows: 20 });
});
afterAll(() => job.close());

it("three starts of one command on one output all end with 0, and the output is whole", async () => {
  const all = await Promise.all(["a", "b", "c"].map(() => runPrep(job.args("same"))));
  expect(all.map((result) => (result.code === 0 ? "" : ending(result)))).toEqual(["", "", ""]);
  expect(await job.faults("same")).toEqual([]);
});

it("of two starts one of which is killed, the other ends with 0 and leaves nothing of the dead one", async () => {
  const doomed = startPrep(job.args("half"));
  const other = startPrep(job.args("half"));
  await new Promise((resolve) => doomed.process.stderr?.once("data", resolve) ?? resolve(undefined));
  doomed.process.kill("SIGKILL");
  await doomed.result;
  const result = await other.result;
  expect(result.code === 0 ? "" : ending(result)).toBe("");
  expect((await runPrep(job.args("half"))).code).toBe(0);
  expect(await job.faults("half")).toEqual([]);
});

it("a start with other options on the output is refused with 5, names them, and disturbs nothing", async () => {
  const first = startPrep(job.args("other"));
  // A plan of which nothing is done binds nobody yet.
  while (!existsSync(join(job.output("other"), "00000_stats.json"))) await new Promise((resolve) => setTimeout(resolve, 2));
  const refused = await runPrep(job.args("other", "--image-size", "17"));
  expect(refused.code).toBe(5);
  expect(refused.stderr).toMatch(/--image-size: it has 256, you ask for 17[\s\S]*hint: /);
  expect((await first.result).code).toBe(0);
  expect(await job.faults("other")).toEqual([]);
});

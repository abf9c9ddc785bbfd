// SIGKILL before and after every fsync, link and rename of a commit, and at other calls.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallFault, CallKind } from "../support/faults/fault.ts";
import { IS_LONG, type Job, openJob, UNRESIZED } from "../support/faults/job.ts";
import { type SweepResult, sweepCalls, wasKilled } from "../support/faults/sweep.ts";
import { runPrep } from "../support/run-prep.ts";

const STEPS: readonly CallKind[] = ["fsync", "link", "rename"];
const OTHERS: readonly CallKind[] = ["open", "write", "close", "rm", "mkdir"];

let job: Job;
let plain: Job;
beforeAll(async () => {
  job = await openJob({ rows: 10, shardRows: 10 });
  await job.plan("plan");
  plain = await openJob({ rows: 10, shardRows: 10, options: UNRESIZED });
  expect((await runPrep(plain.args("done"))).code).toBe(0);
});
afterAll(() => Promise.all([job.close(), plain.close()]));

const sweepTask = (label: string, kinds: readonly CallKind[], action: CallFault["action"]) =>
  sweepCalls(job, label, {
    fault: { role: "worker", call: { kinds }, action },
    template: "plan",
    command: (output) => ["task", output, "--index", "0"],
    judge: wasKilled,
  });

const expectWhole = ({ calls, faults }: SweepResult, kinds: readonly string[]) => {
  expect(faults).toEqual([]);
  for (const kind of kinds) expect(calls.join("\n")).toMatch(new RegExp(`^${kind} `, "m"));
  console.log(`${calls.length} kills: ${calls.join(", ")}`);
};

describe("a task is whole or undone", () => {
  it("when it is killed before each fsync, link and rename", async () =>
    expectWhole(await sweepTask("before", STEPS, "kill-before"), STEPS));
  it("when it is killed after each fsync, link and rename", async () => expectWhole(await sweepTask("after", STEPS, "kill-after"), STEPS));
  // These calls change only files of the attempt; failing-disk.test.ts tries them, too.
  it.runIf(IS_LONG)("when it is killed after every other call that changes a file", async () =>
    expectWhole(await sweepTask("others", OTHERS, "kill-after"), OTHERS),
  );
});

describe("the main process leaves an output that the same command completes", () => {
  const fault = {
    role: "main",
    call: { kinds: ["fsync", "link", "rename", "unlink", "mkdir", "write"] },
    action: "kill-after",
  } as const;

  it("when it is killed after each call that changes a file, before it has workers", async () => {
    const command = (_output: string, name: string) => plain.args(name);
    const judge = wasKilled;
    expectWhole(await sweepCalls(plain, "begin", { fault, command, judge, until: /sizes/ }), ["fsync", "link", "rename"]);
  });

  it("when it is killed after each such call, after the shards are done", async () => {
    const command = (_output: string, name: string) => plain.args(name);
    expectWhole(await sweepCalls(plain, "end", { fault, command, judge: wasKilled, template: "done" }), ["fsync", "rename"]);
  });
});

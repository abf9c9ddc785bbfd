// Processes that are stopped while others do their work, and then go on.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallFault, type CallKind, faultEnvironment } from "../support/faults/fault.ts";
import { copyOutput, type Job, openJob, startTask, UNRESIZED } from "../support/faults/job.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

/** Where a worker is stopped: the kind of call, its path, and which of these calls. */
const MOMENTS: readonly (readonly [CallKind, string, number])[] = [
  ["mkdir", "tmp/00000", 1],
  ["open", "\\.tar$", 1],
  ["write", "\\.tar$", 1],
  ["fsync", "\\.tar$", 1],
  ["fsync", "\\.parquet$", 1],
  ["fsync", "tmp/00000[^/]*$", 1],
  ["write", "stats\\.json", 1],
  ["link", "stats\\.json$", 1],
  ["rename", "00000\\.tar$", 1],
  ["rename", "00000\\.parquet$", 1],
  ["rm", "tmp/00000", 1],
];

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 10, shardRows: 10, options: UNRESIZED });
  await job.plan("plan");
});
afterAll(() => job.close());

const untilStopped = async (log: string) => {
  while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe.each(["before", "after"] as const)("a worker of another machine that is stopped %s", (side) => {
  it.each(MOMENTS)("%s of %s harms nothing when it goes on after another start finished the job", async (kind, path, k) => {
    const name = `zombie-${side}-${kind}-${path.replace(/\W/g, "")}`;
    const root = await copyOutput(job, "plan", name);
    const log = join(job.folder, `${name}.log`);
    // Another start leaves the shard to a living process of this machine, so the worker belongs to another one.
    const stop = { action: `kill-${side}`, signal: "SIGSTOP", isElsewhere: true } as const;
    const fault: CallFault = { root, role: "worker", call: { kinds: [kind], path }, k, ...stop, log };
    const zombie = startTask(root, 0, faultEnvironment(fault));
    await Promise.race([untilStopped(log), zombie.result]);
    // Another task does the shard, then the whole job removes the temporary files of the stopped worker.
    const other = startTask(root, 0);
    const task = await other.result;
    expect(task.code === 0 ? "" : ending(task)).toBe("");
    const whole = await runPrep(job.args(name));
    expect(whole.code === 0 ? "" : ending(whole)).toBe("");
    expect(await job.faults(name)).toEqual([]);
    zombie.process.kill("SIGCONT");
    const woken = await zombie.result;
    expect(woken.code === 0 ? "" : ending(woken)).toBe("");
    expect(await job.faults(name)).toEqual([]);
  });
});

describe("a start that overwrites an output and is stopped", () => {
  it.each([
    ["before", "_prep/overwrite\\.[^/]+/.*stats\\.json$"],
    ["before", "_prep/overwrite\\.[^/]+/.*00000\\.tar$"],
    ["before", "_prep/overwrite\\.[^/]+/.*plan\\.json$"],
    ["before", "_prep/overwritten\\.[^/]+$"],
    ["after", "_prep/overwritten\\.[^/]+$"],
    ["before", "_prep/plan\\.json$"],
  ] as const)("%s a rename to %s removes nothing of another start that finished the removal and the download", async (side, path) => {
    const name = `overwriting-${side}-${path.replace(/\W/g, "")}`;
    const args = job.args(name, "--incremental-mode", "overwrite");
    expect((await runPrep(job.args(name))).code).toBe(0);
    const log = join(job.folder, `${name}.log`);
    const call = { kinds: ["rename"], path } as const;
    const fault: CallFault = { root: job.output(name), role: "main", call, k: 1, action: `kill-${side}`, signal: "SIGSTOP", log };
    const zombie = startPrep(args, { env: faultEnvironment(fault) });
    await Promise.race([untilStopped(log), zombie.result]);
    const other = await runPrep(args);
    expect(other.code === 0 ? "" : ending(other)).toBe("");
    expect(await job.faults(name)).toEqual([]);
    const asked = job.site.server.requests();
    zombie.process.kill("SIGCONT");
    const woken = await zombie.result;
    expect(woken.code === 0 ? "" : ending(woken)).toBe("");
    expect(await job.faults(name)).toEqual([]);
    expect(job.site.server.requests()).toBe(asked);
  });
});

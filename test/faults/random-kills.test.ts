// Fault 1: random SIGKILLs of four workers that race over the same shards: a hundred, in the long form a thousand.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ALL_CALLS, faultEnvironment } from "../support/faults/fault.ts";
import { copyOutput, IS_LONG, type Job, openJob } from "../support/faults/job.ts";
import { type Racer, startRacer, undone } from "../support/faults/racer.ts";
import { removeFolder } from "../support/remove-folder.ts";
import { ending, runPrep } from "../support/run-prep.ts";

const KILLS = IS_LONG ? 1000 : 100;
const RACERS = 4;
const SHARDS = 60;
const SHARD_ROWS = 12;
/** Longest life of a worker once it waits for tasks. */
const MAX_LIFE_MS = 700;

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: SHARDS * SHARD_ROWS, shardRows: SHARD_ROWS });
  await job.plan("plan");
});
afterAll(() => job.close());

/** Half the kills come by the clock, half at some call of a commit, where the clock seldom hits. */
async function raceAndKill(output: string, state: { kills: number; busy: number }): Promise<void> {
  while (undone(output, SHARDS).length > 0) {
    const isTimed = Math.random() < 0.5;
    const k = 1 + Math.floor(Math.random() * 60);
    const fault = { root: output, role: "worker", call: { kinds: ALL_CALLS }, k, action: k % 2 ? "kill-before" : "kill-after" } as const;
    const racer: Racer = startRacer(output, undone(output, SHARDS), state.kills < KILLS && !isTimed ? faultEnvironment(fault) : {});
    await racer.ready;
    const timer = setTimeout(() => {
      if (isTimed && state.kills < KILLS) racer.process.kill("SIGKILL");
    }, Math.random() * MAX_LIFE_MS);
    const signal = await racer.gone;
    clearTimeout(timer);
    expect(racer.failures).toEqual([]);
    if (signal === "SIGKILL") {
      state.kills += 1;
      if (racer.wasBusy()) state.busy += 1;
    }
  }
}

it(`${KILLS} random SIGKILLs of four workers racing over the same shards lose, double and mix nothing`, async () => {
  const state = { kills: 0, busy: 0 };
  let outputs = 0;
  let leftovers = 0;
  while (state.kills < KILLS) {
    const output = await copyOutput(job, "plan", "race");
    outputs += 1;
    await Promise.all(Array.from({ length: RACERS }, () => raceAndKill(output, state)));
    expect(await job.faults("race", false)).toEqual([]);
    leftovers += (await readdir(join(output, "_prep", "tmp"))).length;
    // The command that began it finds everything done, publishes what is not yet, and sweeps.
    const end = await runPrep(job.args("race"));
    expect(end.code === 0 ? "" : ending(end)).toBe("");
    expect(await job.faults("race")).toEqual([]);
    await removeFolder(output);
  }
  expect(state.busy).toBeGreaterThan(KILLS / 2);
  console.log(`${state.kills} kills, ${state.busy} of workers with shards in work, over ${outputs} outputs; ${leftovers} leftovers swept`);
});

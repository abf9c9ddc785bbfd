// Random kills of four workers that race over the same shards.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ALL_CALLS, faultEnvironment } from "../support/faults/fault.ts";
import { copyOutput, IS_LONG, type Job, openJob } from "../support/faults/job.ts";
import { type Racer, startRacer, undoneShards } from "../support/faults/racer.ts";
import { removeFolder } from "../support/remove-folder.ts";
import { ending, runPrep } from "../support/run-prep.ts";

const KILLS = IS_LONG ? 1000 : 100;
const RACERS = 4;
const SHARDS = 60;
const SHARD_ROWS = 12;
/** The longest time from the start of its tasks to the kill of a worker. */
const MAX_LIFE_MS = 700;

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: SHARDS * SHARD_ROWS, shardRows: SHARD_ROWS });
  await job.plan("plan");
});
afterAll(() => job.close());

/** Half of the kills come at a random time, half at a random call, because a time seldom hits a commit. */
async function raceAndKill(output: string, state: { kills: number; busy: number }): Promise<void> {
  while (undoneShards(output, SHARDS).length > 0) {
    const isTimed = Math.random() < 0.5;
    const k = 1 + Math.floor(Math.random() * 60);
    const fault = { root: output, role: "worker", call: { kinds: ALL_CALLS }, k, action: k % 2 ? "kill-before" : "kill-after" } as const;
    const racer: Racer = startRacer(output, undoneShards(output, SHARDS), state.kills < KILLS && !isTimed ? faultEnvironment(fault) : {});
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

it(`${KILLS} random kills of four racing workers lose, duplicate and mix nothing`, async () => {
  const state = { kills: 0, busy: 0 };
  let outputs = 0;
  let leftovers = 0;
  while (state.kills < KILLS) {
    const output = await copyOutput(job, "plan", "race");
    outputs += 1;
    await Promise.all(Array.from({ length: RACERS }, () => raceAndKill(output, state)));
    expect(await job.faults("race", false)).toEqual([]);
    leftovers += (await readdir(join(output, "_prep", "tmp"))).length;
    // The command that made the plan finds every shard done, publishes the rest, and removes leftovers.
    const end = await runPrep(job.args("race"));
    expect(end.code === 0 ? "" : ending(end)).toBe("");
    expect(await job.faults("race")).toEqual([]);
    await removeFolder(output);
  }
  expect(state.busy).toBeGreaterThan(KILLS / 2);
  console.log(`${state.kills} kills, ${state.busy} of workers with open shards, over ${outputs} outputs; ${leftovers} leftovers removed`);
});

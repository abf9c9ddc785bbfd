// Writes the plan of a download under the process lock, or finds the plan that it continues.
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import type { IncrementalMode, RunEffects } from "../job/config.ts";
import { createPlan, type DownloadPlan, replacePlan, type StoredPlan } from "../output/plans/download-plan.ts";
import { renumbered } from "../output/plans/shard-plan.ts";
import { storeAt } from "../store/store-at.ts";
import { decideOnOutput } from "./decision.ts";
import { overwriteOutput } from "./overwrite.ts";
import { movedInputs } from "./run-identity.ts";

/** How often a start tries to take the next number of a run before it gives up. */
const MAX_RACES = 100;

/** Makes the function that downloadShards calls under the process lock. It returns the plan on which this start works. */
export function establishPlan(wanted: DownloadPlan, mode: IncrementalMode) {
  return (output: string, effects: RunEffects) => establish(output, wanted, mode, effects);
}

async function establish(output: string, wanted: DownloadPlan, mode: IncrementalMode, effects: RunEffects): Promise<DownloadPlan> {
  const store = storeAt(output);
  await store.makeFolder(join("_prep", "tmp"));
  await store.removeDeadFiles();
  const sources = wanted.shards.inputs.map(({ path }) => path);
  for (let race = 0; race < MAX_RACES; race++) {
    const decision = await decideOnOutput(output, { ...wanted, leastShards: wanted.shards.shards, sources }, mode);
    if (decision.kind === "continue") {
      if (mode === "extend") tellContinued(decision.plan, effects);
      return await followInputs(output, decision, wanted);
    }
    if (decision.kind === "overwrite") return await overwriteOutput(output, wanted, effects);
    const plan = { ...wanted, shards: renumbered(wanted.shards, decision.firstShard) };
    const stored: StoredPlan = { number: decision.number, plan };
    if (decision.kind === "replace") {
      await replacePlan(output, stored);
      return plan;
    }
    if (await createPlan(output, stored)) return plan;
  }
  throw new OutputError(`other starts keep extending ${output}`, "Start again when they have ended.");
}

/** The plan of a run that continues. If its inputs were moved, it is stored again with the paths that this start has checked. */
async function followInputs(output: string, { number, plan }: StoredPlan, wanted: DownloadPlan): Promise<DownloadPlan> {
  const inputs = movedInputs(plan.shards.inputs, wanted.shards.inputs);
  if (!inputs) return plan;
  const moved = { ...plan, shards: { ...plan.shards, inputs } };
  await replacePlan(output, { number, plan: moved });
  return moved;
}

function tellContinued({ run, shards }: DownloadPlan, { emit }: RunEffects): void {
  const last = shards.firstShard + shards.shards - 1;
  emit({
    event: "notice",
    text: `the output holds this input with these options already (run ${run}, shards ${shards.firstShard} to ${last}): that run continues, and nothing is stored twice`,
  });
}

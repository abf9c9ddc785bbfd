// The conductor: a new run takes the place of an output. Until the decision is on disk the old output is whole; from then
// on it is none any more, and whoever starts next ends its removal before anything else.
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import type { RunEffects } from "../job/config.ts";
import { decideOn, finishOverwrite, keptByOverwrite } from "../output/finish-overwrite.ts";
import { namesIn, refuseTakenInputs, refuseTakenNames, type ShardRange } from "../output/names/output-names.ts";
import { ownNames, splitOwnAndForeign } from "../output/names/own-files.ts";
import { refuseInputsAt } from "../output/names/refuse-inputs.ts";
import type { DownloadPlan } from "../output/plans/download-plan.ts";
import { storeAt } from "../store/store-at.ts";

/** How long workers of a start that was killed may take to see it. */
const LAST_WORK_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** Files and folders that stay because no plan or record of the old output names them. */
export interface Overwritable {
  readonly foreign: readonly string[];
}

/**
 * Throws OutputError where a run may not take the place of what is there: a folder with something in it that is no output of `prep`
 * or img2dataset; an input, a path as plans keep it, that would go with the old output or lies where the new one's files go; somebody
 * else's file under a name of the new run's.
 */
export async function insistOnOverwritable(output: string, sources: readonly string[], range: ShardRange): Promise<Overwritable> {
  const spoken = await ownNames(output);
  const { own, foreign } = await splitOwnAndForeign(output, spoken);
  if (!spoken.isOutput && foreign.length > 0) throw stranger(output, await namesIn(output));
  const kept = keptByOverwrite(sources);
  const goes = new Set(own);
  await refuseInputsAt(output, sources, (top, place) => !kept.has(top) && !kept.has(place) && (goes.has(top) || goes.has(place)));
  await refuseTakenInputs(output, sources, range);
  refuseTakenNames(output, foreign, range, false);
  return { foreign };
}

function stranger(output: string, names: readonly string[]): OutputError {
  const shown = names.slice(0, 3).join(", ");
  return new OutputError(
    `${output} is no output of prep or img2dataset, so it is not overwritten (it holds ${shown}${names.length > 3 ? ", ..." : ""})`,
    "Name another --output, or empty the folder yourself.",
  );
}

/**
 * Removes what plans and records of the output name, and makes this plan its only one; all else stays, and is told. Throws
 * OutputError while another start is at work there.
 */
export async function overwriteOutput(output: string, wanted: DownloadPlan, { signal, emit }: RunEffects): Promise<DownloadPlan> {
  const range = { ...wanted.shards, shardDigits: wanted.shape.shardDigits };
  const { foreign } = await insistOnOverwritable(
    output,
    wanted.shards.inputs.map(({ path }) => path),
    range,
  );
  await waitForOthers(output, signal);
  const plan: DownloadPlan = { ...wanted, begunBy: "overwrite" };
  await decideOn(output, plan);
  await finishOverwrite(output);
  if (foreign.length > 0)
    emit({ event: "notice", text: `left alone in ${output}: ${foreign.slice(0, 5).join(", ")}${foreign.length > 5 ? ", ..." : ""}` });
  return plan;
}

/** A worker that is still writing would leave its shard in the new run. */
async function waitForOthers(output: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    signal.throwIfAborted();
    const [other] = await storeAt(output).liveAttempts();
    if (other === undefined) return;
    if (!other.isLocal || waited >= LAST_WORK_MS) {
      throw new OutputError(
        `another start is at work on ${output} (${other.id})`,
        `Stop it first. If it was on a machine that is gone, remove ${join(output, "_prep", "tmp", other.id)}.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

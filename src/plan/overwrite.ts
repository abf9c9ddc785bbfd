// Overwrites an output by a new run. The old output is whole until the decision is on disk.
//
// After the decision it is no output any more: every later start finishes its removal before anything else.
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import type { RunEffects } from "../job/config.ts";
import { decideOn, finishOverwrite, keptByOverwrite } from "../output/finish-overwrite.ts";
import { namesIn, refuseTakenInputs, refuseTakenNames, type ShardRange } from "../output/names/output-names.ts";
import { ownNames, splitOwnAndForeign } from "../output/names/own-files.ts";
import { refuseInputsAt } from "../output/names/refuse-inputs.ts";
import type { DownloadPlan } from "../output/plans/download-plan.ts";
import { storeAt } from "../store/store-at.ts";

/** How long workers may take to notice that their start was killed. */
const MAX_WAIT_MS = 10_000;
const POLL_INTERVAL_MS = 100;

/** An output that may be overwritten. */
export interface Overwritable {
  /** Files and folders that stay, because no plan or record of the output names them. */
  readonly foreign: readonly string[];
}

/**
 * Throws OutputError if a run may not overwrite a folder: it holds files and is no output of `prep` or img2dataset; an input (a path as
 * plans keep it) would be removed with the old output or lies where the new run writes; or a foreign file has a name that the new
 * run needs.
 */
export async function insistOnOverwritable(output: string, sources: readonly string[], range: ShardRange): Promise<Overwritable> {
  const named = await ownNames(output);
  const { own, foreign } = await splitOwnAndForeign(output, named);
  if (!named.isOutput && foreign.length > 0) throw notAnOutput(output, await namesIn(output));
  const kept = keptByOverwrite(sources);
  const removed = new Set(own);
  await refuseInputsAt(output, sources, (top, place) => !kept.has(top) && !kept.has(place) && (removed.has(top) || removed.has(place)));
  await refuseTakenInputs(output, sources, range);
  refuseTakenNames(output, foreign, range, false);
  return { foreign };
}

function notAnOutput(output: string, names: readonly string[]): OutputError {
  const shown = names.slice(0, 3).join(", ");
  return new OutputError(
    `${output} is not an output of prep or img2dataset, so it is not overwritten (it holds ${shown}${names.length > 3 ? ", ..." : ""})`,
    "Name another --output, or empty the folder yourself.",
  );
}

/**
 * Removes everything that plans and records of the output name, and makes this plan its only one. Other files stay, and a notice lists
 * them. Throws OutputError while another start is at work.
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
    emit({
      event: "notice",
      text: `these files in ${output} are not prep's and stay: ${foreign.slice(0, 5).join(", ")}${foreign.length > 5 ? ", ..." : ""}`,
    });
  return plan;
}

/** Waits until no other worker writes, because it could leave its shard in the new run. Throws OutputError if that takes too long. */
async function waitForOthers(output: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; ; waited += POLL_INTERVAL_MS) {
    signal.throwIfAborted();
    const [other] = await storeAt(output).liveAttempts();
    if (other === undefined) return;
    if (!other.isLocal || waited >= MAX_WAIT_MS) {
      throw new OutputError(
        `another start is at work on ${output} (${other.id})`,
        `Stop it first. If it was on a machine that is gone, remove ${join(output, "_prep", "tmp", other.id)}.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

// The conductor: a new run takes the place of an output. Until the decision is on disk the old output is whole; from then
// on it is none any more, and whoever starts next ends its removal before anything else.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { exists, liveAttempts } from "../store/commit.ts";
import type { RunEffects } from "./config.ts";
import type { DownloadPlan } from "./download-plan.ts";
import { decideOn, finishOverwrite, keptOf } from "./finish-overwrite.ts";
import { isOutputName, namesIn, ownInputError, placesInside } from "./output-names.ts";

/** How long workers of a start that was killed may take to see it. */
const LAST_WORK_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** Throws OutputError where a folder with something in it is no output of `prep` or img2dataset. */
export async function refuseStranger(output: string): Promise<void> {
  const names = await namesIn(output);
  const isEmpty = names.every((name) => name === "_prep");
  if (isEmpty || (await isOutput(output, names))) return;
  const shown = names.slice(0, 3).join(", ");
  throw new OutputError(
    `${output} is no output of prep or img2dataset, so it is not overwritten (it holds ${shown}${names.length > 3 ? ", ..." : ""})`,
    "Name another --output, or empty the folder yourself.",
  );
}

async function isOutput(output: string, names: readonly string[]): Promise<boolean> {
  if (await exists(join(output, "_prep", "plan.json"))) return true;
  const record = names.find((name) => /^\d+_stats\.json$/.test(name)) ?? names.find((name) => name === "selection.json");
  if (record === undefined) return false;
  try {
    const value = JSON.parse(await readFile(join(output, record), "utf8")) as Record<string, unknown> | null;
    return typeof value?.["successes"] === "number" || typeof value?.["selection"] === "string";
  } catch {
    return false;
  }
}

/** Removes what is there and makes this plan the output's only one. Throws OutputError while another start is at work there. */
export async function overwriteOutput(output: string, wanted: DownloadPlan, { signal, emit }: RunEffects): Promise<DownloadPlan> {
  await refuseStranger(output);
  await refuseOwnInput(output, inputsOf(wanted));
  await waitForOthers(output, signal);
  const plan: DownloadPlan = { ...wanted, begunBy: "overwrite" };
  await decideOn(output, plan);
  await finishOverwrite(output);
  const left = (await namesIn(output)).filter((name) => !keptOf(inputsOf(plan)).has(name) && name !== "_prep");
  if (left.length > 0)
    emit({ event: "notice", text: `left alone in ${output}: ${left.slice(0, 5).join(", ")}${left.length > 5 ? ", ..." : ""}` });
  return plan;
}

/** Throws OutputError where an input, a path as plans keep it, would go with the old output. */
export async function refuseOwnInput(output: string, paths: readonly string[]): Promise<void> {
  const kept = keptOf(paths);
  for (const path of paths) {
    for (const place of await placesInside(output, path)) {
      const [top = ""] = place.split("/");
      if (isOutputName(top) && !kept.has(top) && !kept.has(place)) throw ownInputError(output, place);
    }
  }
}

function inputsOf({ shards }: DownloadPlan): string[] {
  return shards.inputs.map(({ path }) => path);
}

/** A worker that is still writing would leave its shard in the new run. */
async function waitForOthers(output: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    signal.throwIfAborted();
    const [other] = await liveAttempts(output);
    if (other === undefined) return;
    if (!other.isLocal || waited >= LAST_WORK_MS) {
      throw new OutputError(
        `another start is at work on ${output} (${other.name})`,
        `Stop it first. If it was on a machine that is gone, remove ${join(output, "_prep", "tmp", other.name)}.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

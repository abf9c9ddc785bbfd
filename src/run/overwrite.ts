// The conductor: a new run takes the place of an output. Until the decision is on disk the old output is whole; from then
// on it is none any more, and whoever starts next ends its removal before anything else.
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { exists, liveAttempts, temporaryFile } from "../store/commit.ts";
import { asOutputError, errorCode, replaceFile, syncDirectory } from "../store/durable.ts";
import type { RunEffects } from "./config.ts";
import { INPUTS } from "./convert-input.ts";
import { type DownloadPlan, planText } from "./download-plan.ts";
import { isOutputName, namesIn, ownInputError, placesInside } from "./output-names.ts";

/** The decision: the new run's plan, which gets its name when the old output is gone. */
const DECISION = join("_prep", "overwrite.json");

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
  await mkdir(join(output, "_prep", "tmp"), { recursive: true });
  // If the disk has no room for the plan, this fails and the old output stays.
  await replaceFile(join(output, DECISION), planText(plan), temporaryFile(output, "overwrite"));
  await finishOverwrite(output);
  const left = (await namesIn(output)).filter((name) => !keptOf(inputsOf(plan)).has(name) && name !== "_prep");
  if (left.length > 0)
    emit({ event: "notice", text: `left alone in ${output}: ${left.slice(0, 5).join(", ")}${left.length > 5 ? ", ..." : ""}` });
  return plan;
}

/** Ends an overwriting that was decided and cut short; does nothing where there is none. Any number may do it at once. */
export async function finishOverwrite(output: string): Promise<void> {
  const text = await readFile(join(output, DECISION), "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw asOutputError(error, `reading ${join(output, DECISION)}`);
  });
  if (text === undefined) return;
  const plan = JSON.parse(text) as DownloadPlan;
  const kept = keptOf(inputsOf(plan));
  const names = (await namesIn(output)).filter((name) => isOutputName(name) && !kept.has(name) && name !== "_prep");
  // Without its records the old output is none, whatever else of it is still there.
  const records = names.filter((name) => name.endsWith(".json"));
  for (const name of [...records, ...names.filter((name) => !name.endsWith(".json"))]) await remove(join(output, name));
  for (const name of await namesIn(join(output, "_prep"))) {
    if (!kept.has(join("_prep", name)) && join("_prep", name) !== DECISION && name !== "tmp") await remove(join(output, "_prep", name));
  }
  for (const name of await namesIn(join(output, INPUTS))) {
    if (!kept.has(join(INPUTS, name))) await remove(join(output, INPUTS, name));
  }
  for (const name of await namesIn(join(output, "_prep", "tmp"))) await remove(join(output, "_prep", "tmp", name));
  await syncDirectory(output);
  await rename(join(output, DECISION), join(output, "_prep", "plan.json")).catch((error: unknown) => {
    // Another start was as fast.
    if (errorCode(error) !== "ENOENT") throw error;
  });
  await syncDirectory(join(output, "_prep"));
}

/** What the new run reads of the old output: converted lists, and the partitions of its selection. */
function keptOf(paths: readonly string[]): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const path of paths) {
    if (dirname(path) === INPUTS) for (const name of [INPUTS, path, path.replace(/parquet$/, "json")]) kept.add(name);
    if (path.startsWith("partitions/")) for (const name of ["partitions", "selection.json"]) kept.add(name);
  }
  return kept;
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

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
}

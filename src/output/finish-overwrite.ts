// Removes the old output when a new run overwrites it, safe for any number of starts at once.
//
// The decision is a folder, _prep/overwrite.ID, that holds the new run's plan. Each old file is moved there by one rename.
// Then the folder gets another name, and from then on no start can move anything into it. This stops a start that was
// suspended, which would otherwise take the new run's files for old ones. Then the plan gets its name, and the folder is removed.
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { isLockName } from "../store/locks/process-lock.ts";
import { localStoreAt } from "../store/store-at.ts";
import { asOutputError, errorCode } from "../store/system-errors.ts";
import { INPUTS, isPrepName, namesIn } from "./names/output-names.ts";
import { ownNames, splitOwnAndForeign } from "./names/own-files.ts";
import { type DownloadPlan, planFile, planText, readPlanFile } from "./plans/download-plan.ts";

const DECIDED = "overwrite";
const CLOSED = "overwritten";
const PLAN = "plan.json";

/** Decides that this plan replaces the output. Throws, and decides nothing, if the disk is full. */
export async function decideOn(output: string, plan: DownloadPlan): Promise<void> {
  const store = localStoreAt(output);
  const attempt = store.attempt(DECIDED);
  await attempt.begin();
  try {
    await attempt.write(PLAN, planText(plan));
    await localStoreAt(attempt.folder).sync();
    await store.move(join("_prep", "tmp", attempt.id), join("_prep", attempt.id));
  } finally {
    await attempt.abandon();
  }
  await store.sync("_prep");
}

/** Finishes an overwrite that was decided and cut short; does nothing if there is none. Any number of starts may call it at once. */
export async function finishOverwrite(output: string, moveFile: Move = (from, to) => localStoreAt(output).move(from, to)): Promise<void> {
  const move = (from: string, to: string) => moveFile(from, to).catch(unlessGone);
  for (const name of await namesInPrep(output)) if (name.startsWith(`${DECIDED}.`)) await moveOldAway(output, name, move);
  for (const name of await namesInPrep(output)) if (name.startsWith(`${CLOSED}.`)) await settle(output, join("_prep", name), move);
}

/** Renames a file or folder of the output, by names relative to it. */
type Move = (from: string, to: string) => Promise<void>;

/** The names in the old output that a new run with these inputs reads: converted lists, and the partitions of its selection. */
export function keptByOverwrite(paths: readonly string[]): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const path of paths) {
    if (dirname(path) === INPUTS) for (const name of [INPUTS, path, path.replace(/parquet$/, "json")]) kept.add(name);
    if (path.startsWith("partitions/")) for (const name of ["partitions", "selection.json"]) kept.add(name);
  }
  return kept;
}

async function moveOldAway(output: string, name: string, move: Move): Promise<void> {
  const decision = join("_prep", name);
  const plan = await readPlanFile(output, join(decision, PLAN));
  // Another start has finished this already.
  if (!plan) return;
  for (const place of await namesToRemove(output, keptByOverwrite(plan.shards.inputs.map(({ path }) => path)))) {
    await move(place, join(decision, `${randomBytes(6).toString("hex")}.${basename(place)}`));
  }
  await localStoreAt(output).sync();
  await move(decision, join("_prep", name.replace(DECIDED, CLOSED)));
}

/**
 * The names in plans and records of the old output that still exist. Records come first, because without them the folder is no output.
 * Records that were moved already count too.
 */
async function namesToRemove(output: string, kept: ReadonlySet<string>): Promise<string[]> {
  const inPrep = await namesInPrep(output);
  const moved = inPrep.filter(isOverwriting).map((name) => join("_prep", name));
  const { own } = await splitOwnAndForeign(output, await ownNames(output, moved));
  const isRecord = (name: string) => name.endsWith(".json");
  const prep = inPrep.filter((name) => isPrepName(name) && name !== "tmp" && name !== "start.json" && !isOverwriting(name));
  const places = [
    ...[...own.filter(isRecord), ...own.filter((name) => !isRecord(name))].filter((place) => !kept.has(place.split("/", 1)[0] ?? place)),
    ...prep.map((name) => join("_prep", name)),
    ...(await namesIn(output, INPUTS)).map((name) => join(INPUTS, name)),
    // Lock files stay: without its file a lock cannot show that its process has died.
    ...(await namesIn(output, join("_prep", "tmp"))).filter((name) => !isLockName(name)).map((name) => join("_prep", "tmp", name)),
  ];
  return places.filter((place) => !kept.has(place));
}

function isOverwriting(name: string): boolean {
  return name.startsWith(`${DECIDED}.`) || name.startsWith(`${CLOSED}.`);
}

async function settle(output: string, closed: string, move: Move): Promise<void> {
  const store = localStoreAt(output);
  await move(join(closed, PLAN), planFile(1));
  await store.sync("_prep");
  await store.removeTree(closed);
}

async function namesInPrep(output: string): Promise<string[]> {
  const store = localStoreAt(output);
  return await store.names("_prep").catch((error: unknown) => {
    // The caller reports an output that is a file.
    if (/^(ENOENT|ENOTDIR)$/.test(errorCode(error) ?? "")) return [];
    throw asOutputError(error, `reading ${store.location("_prep")}`);
  });
}

function unlessGone(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}

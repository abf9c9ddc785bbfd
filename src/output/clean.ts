// `prep clean`: removes what dead processes left behind, and nothing else.
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { numberOfRecord, recordOfClaim } from "../shard/shard-names.ts";
import { bytesOf } from "../store/bytes-of.ts";
import { deadClaims } from "../store/locks/claim.ts";
import { removeFreeLock } from "../store/locks/lock-file.ts";
import { lifeIn } from "../store/locks/process-life.ts";
import { isLockName } from "../store/locks/process-lock.ts";
import type { Store } from "../store/store.ts";
import { localStoreAt, storeAt } from "../store/store-at.ts";
import { errorCode } from "../store/system-errors.ts";
import { recordNames } from "./records/committed-shards.ts";
import { currentRecord, latestGenerations, publishCurrent } from "./records/generations.ts";
import { finishedSelection, SELECTION_FILE } from "./records/selection-record.ts";

/** A file or folder that a dead process left behind. */
export interface Leftover {
  readonly path: string;
  readonly bytes: number;
}

/** Where attempts and processes keep their files, in the output. */
const TEMPORARY = join("_prep", "tmp");

/** The folder of a shuffle's spill files in the user's `--temp-directory`: the id of its attempt. */
const SPILL = /^selection\.[\w-]+\.(?:(?:[0-9a-f]{12}|none)\.[0-9a-f]{12}|\d+)\.[0-9a-f]{12}$/;

/**
 * Finds what dead processes of this machine and its containers left in an output and in `tempDirectory`, and removes it unless
 * `isDryRun`. Commits that were cut short are finished first, since their files lie in the same folders. Files of other machines
 * stay. Throws OutputError if the folder is no output.
 */
export async function cleanOutput(output: string, tempDirectory: string | undefined, isDryRun: boolean): Promise<Leftover[]> {
  const store = storeAt(output);
  const names = await store.names().catch((error: unknown) => {
    throw new OutputError(`${output} cannot be read`, "Name the folder that was given as --output.", { cause: error });
  });
  const isOutput = names.includes("_prep") || names.includes("selection.json") || names.some((name) => numberOfRecord(name) !== undefined);
  if (!isOutput) throw new OutputError(`${output} is not an output of prep`, "Name the folder that was given as --output.");
  const committed = await committedAttempts(store, new Set(names), isDryRun);
  const found: string[] = [];
  for (const name of names) {
    const claimed = recordOfClaim(name);
    const isLeft = await (claimed === undefined ? store.isLeftProbe(name) : store.isLeftCreation(name));
    if (isLeft && (claimed === undefined || names.includes(claimed))) found.push(store.location(name));
  }
  const isAlive = lifeIn(output);
  const temporary = store.location(TEMPORARY);
  const locks: string[] = [];
  for (const name of await store.temporaryNames().catch(noneIfMissing)) {
    if (committed.has(name) || (await isAlive(name))) continue;
    (isLockName(name) ? locks : found).push(join(temporary, name));
  }
  for (const name of await deadClaims(output)) locks.push(join(temporary, name));
  const spills = tempDirectory === undefined ? [] : await localStoreAt(tempDirectory).names().catch(noneIfMissing);
  for (const name of spills) if (SPILL.test(name) && !(await isAlive(name))) found.push(join(tempDirectory ?? "", name));
  const leftovers: Leftover[] = [];
  for (const path of found.sort()) {
    leftovers.push({ path, bytes: await bytesOf(path) });
    if (!isDryRun) await localStoreAt(path).removeTree("");
  }
  // Locks go last, since they tell that the rest is dead.
  for (const path of locks.sort()) {
    leftovers.push({ path, bytes: await bytesOf(path) });
    if (!isDryRun) await removeFreeLock(path);
  }
  return leftovers;
}

/** The attempts that are committed and not fully published. Publishes them, unless this is a dry run. */
async function committedAttempts(store: Store, present: ReadonlySet<string>, isDryRun: boolean): Promise<ReadonlySet<string>> {
  const { output } = store;
  const attempts = new Set(await store.temporaryNames().catch(noneIfMissing));
  const pending = new Set<string>();
  if (attempts.size === 0) return pending;
  const latest = await latestGenerations(output);
  for (const name of recordNames(present, latest)) {
    // A record that cannot be read, or is img2dataset's, has no attempt here.
    const record = await currentRecord(output, name, latest).catch(() => undefined);
    if (!record || !attempts.has(record.attempt)) continue;
    pending.add(record.attempt);
    if (!isDryRun) await publishCurrent(output, name, record);
  }
  const selection = await store.readRecord(SELECTION_FILE).catch(() => undefined);
  if (selection && attempts.has(selection.attempt)) {
    pending.add(selection.attempt);
    if (!isDryRun) await finishedSelection(output);
  }
  return pending;
}

function noneIfMissing(error: unknown): string[] {
  if (errorCode(error) === "ENOENT") return [];
  throw error;
}

// The conductor: `prep clean`, what dead attempts left behind goes, and nothing else.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { numberOfRecord, recordOfClaim } from "../shard/shard-names.ts";
import { bytesOf } from "../store/bytes-of.ts";
import { deadClaims } from "../store/claim.ts";
import { readRecord, temporaryFolder } from "../store/commit.ts";
import { errorCode } from "../store/durable.ts";
import { isClaim } from "../store/exclusive.ts";
import { removeFreeLock } from "../store/lock-file.ts";
import { lifeIn } from "../store/process-life.ts";
import { isLockName } from "../store/process-lock.ts";
import { isLeftProbe } from "../store/write-probe.ts";
import { recordNames } from "./committed-shards.ts";
import { currentRecord, latestGenerations, publishCurrent } from "./generations.ts";
import { finishedSelection } from "./selection-record.ts";

/** Something that was left behind. */
export interface Leftover {
  readonly path: string;
  readonly bytes: number;
}

/** A folder into which a shuffle spills, in a folder of the user's: the id of the attempt. */
const SPILL = /^selection\.[\w-]+\.(?:(?:[0-9a-f]{12}|none)\.[0-9a-f]{12}|\d+)\.[0-9a-f]{12}$/;

/**
 * Finds, and unless `isDryRun` removes, what processes of this machine and its containers that are gone left in an output and its temporary
 * folders. Commits that were cut short are finished first, since their files lie there too; what another machine has
 * begun stays.
 */
export async function cleanOutput(output: string, tempDirectory: string | undefined, isDryRun: boolean): Promise<Leftover[]> {
  const names = await readdir(output).catch((error: unknown) => {
    throw new OutputError(`${output} cannot be read`, "Name the folder that was given as --output.", { cause: error });
  });
  const isOutput = names.includes("_prep") || names.includes("selection.json") || names.some((name) => numberOfRecord(name) !== undefined);
  if (!isOutput) throw new OutputError(`${output} is no output of prep`, "Name the folder that was given as --output.");
  const committed = await committedAttempts(output, new Set(names), isDryRun);
  const found: string[] = [];
  for (const name of names) {
    const claimed = recordOfClaim(name);
    const isLeft = await (claimed === undefined ? isLeftProbe(output, name) : isClaim(join(output, name)));
    if (isLeft && (claimed === undefined || names.includes(claimed))) found.push(join(output, name));
  }
  const isAlive = lifeIn(output);
  const temporary = temporaryFolder(output);
  const locks: string[] = [];
  for (const name of await namesIn(temporary)) {
    if (committed.has(name) || (await isAlive(name))) continue;
    (isLockName(name) ? locks : found).push(join(temporary, name));
  }
  for (const name of await deadClaims(output)) locks.push(join(temporary, name));
  const spills = tempDirectory === undefined ? [] : await namesIn(tempDirectory);
  for (const name of spills) if (SPILL.test(name) && !(await isAlive(name))) found.push(join(tempDirectory ?? "", name));
  const leftovers: Leftover[] = [];
  for (const path of found.sort()) {
    leftovers.push({ path, bytes: await bytesOf(path) });
    if (!isDryRun) await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  }
  // Last, since they tell that the rest is dead.
  for (const path of locks.sort()) {
    leftovers.push({ path, bytes: await bytesOf(path) });
    if (!isDryRun) await removeFreeLock(path);
  }
  return leftovers;
}

/** Attempts whose record is committed and whose files are not all published: finished here, or only named in a dry run. */
async function committedAttempts(output: string, present: ReadonlySet<string>, isDryRun: boolean): Promise<ReadonlySet<string>> {
  const attempts = new Set(await namesIn(temporaryFolder(output)));
  const pending = new Set<string>();
  if (attempts.size === 0) return pending;
  const latest = await latestGenerations(output);
  for (const name of recordNames(present, latest)) {
    // One that cannot be read, or is img2dataset's, has no attempt here.
    const record = await currentRecord(output, name, latest).catch(() => undefined);
    if (!record || !attempts.has(record.attempt)) continue;
    pending.add(record.attempt);
    if (!isDryRun) await publishCurrent(output, name, record);
  }
  const selection = await readRecord(join(output, "selection.json")).catch(() => undefined);
  if (selection && attempts.has(selection.attempt)) {
    pending.add(selection.attempt);
    if (!isDryRun) await finishedSelection(output);
  }
  return pending;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
}

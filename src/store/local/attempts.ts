// Finds attempts and temporary files in an output, and removes those that nobody needs.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeDeadClaims } from "../locks/claim.ts";
import { removeFreeLock } from "../locks/lock-file.ts";
import { deadLocks, lifeIn } from "../locks/process-life.ts";
import { isLockName } from "../locks/process-lock.ts";
import { isLocal, ownerOf, ownProcess } from "../locks/process-name.ts";
import type { LiveAttempt } from "../store.ts";
import { readRecord } from "./publish.ts";
import { isBeingRemoved, removeAttempt } from "./removal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Removes temporary files, locks and claims of processes that are gone. */
export async function removeDeadFiles(output: string): Promise<void> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  for (const name of await readdir(folder).catch(() => [])) {
    if (isTemporaryFile(name) && !(await isAlive(name))) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of await deadLocks(output)) await removeFreeLock(join(folder, name));
  await removeDeadClaims(output);
}

/** The ids of other attempts that may be at work; removes dead ones, as `Store.otherAttempts` promises it. */
export async function otherAttempts(output: string, subject: string, own: string, recordName?: string): Promise<string[]> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  const alive: string[] = [];
  for (const name of await attemptsAt(output, subject, own)) {
    if (await isAlive(name)) alive.push(name);
    // It may have committed before it died, and after the caller looked for a record.
    else if (recordName === undefined || (await readRecord(join(output, recordName)))?.attempt !== name)
      await removeAttempt(join(folder, name));
  }
  return alive;
}

/** The folders of attempts at a subject whose process is gone. */
export async function deadAttempts(output: string, subject: string, own: string): Promise<string[]> {
  const isAlive = lifeIn(output);
  const dead: string[] = [];
  for (const name of await attemptsAt(output, subject, own)) if (!(await isAlive(name))) dead.push(join(temporaryFolder(output), name));
  return dead;
}

async function attemptsAt(output: string, subject: string, own: string): Promise<string[]> {
  const names = await readdir(temporaryFolder(output)).catch(() => []);
  return names.filter((name) => name.startsWith(`${subject}.`) && name !== own && isAttempt(name));
}

/** Attempts of other processes that may be at work. */
export async function liveAttempts(output: string): Promise<LiveAttempt[]> {
  const isAlive = lifeIn(output);
  const alive: LiveAttempt[] = [];
  for (const name of await readdir(temporaryFolder(output)).catch(() => [])) {
    const owner = ownerOf(name);
    if (!owner || !isAttempt(name) || isBeingRemoved(name) || name.includes(`.${ownProcess()}.`)) continue;
    if (await isAlive(name)) alive.push({ id: name, isLocal: isLocal(owner) });
  }
  return alive;
}

function isAttempt(name: string): boolean {
  return ownerOf(name) !== undefined && !isLockName(name) && !isTemporaryFile(name);
}

/** Also true of the files that `createExclusive` and `replaceFile` write beside the one that they name. */
function isTemporaryFile(name: string): boolean {
  return /\.new(?:\.|$)/.test(name);
}

/** Removes the folders of attempts at finished subjects. */
export async function sweep(output: string, isFinished: (subject: string) => boolean): Promise<void> {
  const folder = temporaryFolder(output);
  for (const name of await readdir(folder).catch(() => [])) {
    if (isAttempt(name) && isFinished(name.split(".", 1)[0] ?? name)) await removeAttempt(join(folder, name));
  }
}

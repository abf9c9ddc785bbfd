// Claims of work: which process of this machine works at which shard or selection.
//
// A claim is a lock of the kernel, so of two processes that ask at the same moment exactly one has it, and it ends with its
// process. It only saves work. Records decide what counts, since other machines do not see the claims of this one.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "../../core/sleep.ts";
import { askLock } from "../../sql/file-lock.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { createLockFile, removeFreeLock, removeLockFile } from "./lock-file.ts";
import { kernelName } from "./process-name.ts";

/** A process that asks whether a subject is claimed holds its lock for a millisecond. */
const MOST_TRIES = 3;
const TRY_AGAIN_MS = 20;
const NEVER = new AbortController().signal;

/** A claim of this process. */
export interface Claim {
  release(): Promise<void>;
}

/**
 * Claims a subject, such as a shard's name, for this process. Undefined if another process of this machine, in any container, has
 * claimed it. On a file system without locks every process gets the claim. Throws if the output is gone or the disk is full.
 */
export async function claimSubject(output: string, subject: string): Promise<Claim | undefined> {
  const path = claimPath(output, subject);
  let isLocked = await createLockFile(path);
  for (let tries = 1; isLocked === false && tries < MOST_TRIES; tries++) {
    await sleep(TRY_AGAIN_MS, NEVER);
    isLocked = await createLockFile(path);
  }
  return isLocked === false ? undefined : { release: () => removeLockFile(path) };
}

/** Whether a process of this machine has claimed a subject. */
export async function isClaimed(output: string, subject: string): Promise<boolean> {
  return (await askLock(claimPath(output, subject))) === "held";
}

/** The subjects that processes of this machine have claimed. */
export async function claimedSubjects(output: string): Promise<string[]> {
  const subjects = await subjectsOf(output);
  const claimed = await Promise.all(subjects.map((subject) => isClaimed(output, subject)));
  return subjects.filter((_, index) => claimed[index]);
}

/** The names, in the temporary folder, of claims whose process is gone. */
export async function deadClaims(output: string): Promise<string[]> {
  const subjects = await subjectsOf(output);
  const states = await Promise.all(subjects.map((subject) => askLock(claimPath(output, subject))));
  return subjects.flatMap((subject, index) => (states[index] === "free" ? [claimName(subject)] : []));
}

/** Removes claims whose process is gone. */
export async function removeDeadClaims(output: string): Promise<void> {
  for (const subject of await subjectsOf(output)) await removeFreeLock(claimPath(output, subject));
}

/** The claimed subjects of this kernel; those of other kernels cannot be checked. */
async function subjectsOf(output: string): Promise<string[]> {
  const names = await readdir(temporaryFolder(output)).catch(() => []);
  const end = claimName("");
  return names.flatMap((name) => (name.endsWith(end) ? [name.slice(0, -end.length)] : []));
}

function claimName(subject: string): string {
  return `${subject}.lock-${kernelName()}`;
}

function claimPath(output: string, subject: string): string {
  return join(temporaryFolder(output), claimName(subject));
}

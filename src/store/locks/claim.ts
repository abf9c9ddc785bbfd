// Claims of work: which process of this machine works at which shard or selection.
//
// A claim is a lock of the kernel, so of two processes that come at the same moment exactly one has it, and it ends with its
// process. It only saves work: what counts is decided by records, since other machines see no claims of this one.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "../../core/sleep.ts";
import { askLock } from "../../sql/file-lock.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { createLockFile, removeFreeLock, removeLockFile } from "./lock-file.ts";
import { kernelName } from "./process-name.ts";

/** Who asks whether a subject is claimed has its lock for a millisecond. */
const MOST_TRIES = 3;
const TRY_AGAIN_MS = 20;
const NEVER = new AbortController().signal;

/** A claim of this process. */
export interface Claim {
  release(): Promise<void>;
}

/**
 * Claims a subject, such as a shard's name, for this process; undefined where another process of this machine, in whatever
 * container, has claimed it. Where the file system keeps no locks everybody gets the claim. Throws an error of an output that is
 * gone or a full disk.
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

/** Names of claims, in the folder for temporary files, whose process is gone. */
export async function deadClaims(output: string): Promise<string[]> {
  const subjects = await subjectsOf(output);
  const states = await Promise.all(subjects.map((subject) => askLock(claimPath(output, subject))));
  return subjects.flatMap((subject, index) => (states[index] === "free" ? [claimName(subject)] : []));
}

/** Removes claims whose process is gone. */
export async function removeDeadClaims(output: string): Promise<void> {
  for (const subject of await subjectsOf(output)) await removeFreeLock(claimPath(output, subject));
}

/** Of this kernel: nobody can tell what became of others'. */
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

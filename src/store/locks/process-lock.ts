// The lock that says that a process writing into an output is alive.
//
// A process number says nothing across containers, where each process may be number 1. The kernel releases a lock when its
// process ends, however it ends, and processes in all containers on one volume see each other's locks.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { sleep } from "../../core/sleep.ts";
import { unlockFile } from "../../sql/file-lock.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { createLockFile, removeLockFile } from "./lock-file.ts";
import { ownProcess } from "./process-name.ts";

/** First part of a lock file's name; the rest names its process. */
export const LOCK = "lock";

/** A process that asks holds the lock for a moment. After this many tries the file system counts as one without locks. */
const MOST_TRIES = 200;
const TRY_AGAIN_MS = 10;

/** How many holders in this process each output's lock has. */
const holds = new Map<string, number>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Holds this process's lock in an output until the returned function is called. Until then, files with `ownProcess()` in their names
 * belong to a living process. May be taken more than once. On a file system without locks there is none, and no process counts as
 * dead. Throws if the output is gone or the disk is full.
 */
export async function holdProcessLock(output: string): Promise<() => Promise<void>> {
  const place = resolve(output);
  await oneAtATime(async () => {
    const count = holds.get(place) ?? 0;
    if (count === 0) await createOwn(lockOf(place));
    holds.set(place, count + 1);
  });
  let isHeld = true;
  return async () => {
    if (!isHeld) return;
    isHeld = false;
    await oneAtATime(async () => {
      const count = (holds.get(place) ?? 1) - 1;
      holds.set(place, count);
      if (count === 0) await drop(place);
    });
  };
}

/** Does work while this process holds its lock in the output. */
export async function withProcessLock<T>(output: string, work: () => Promise<T>): Promise<T> {
  const release = await holdProcessLock(output);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Whether a name in the temporary folder is that of a process's lock. */
export function isLockName(name: string): boolean {
  return name.startsWith(`${LOCK}.`);
}

function oneAtATime(work: () => Promise<void>): Promise<void> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}

async function createOwn(path: string): Promise<void> {
  const { signal } = new AbortController();
  for (let tries = 1; (await createLockFile(path)) === false && tries < MOST_TRIES; tries++) await sleep(TRY_AGAIN_MS, signal);
}

async function drop(output: string): Promise<void> {
  const names = await readdir(temporaryFolder(output)).catch(() => []);
  // A failed commit leaves its files to the next start. The released lock tells that start that it may take them.
  if (names.some((name) => name.includes(`.${ownProcess()}.`))) await unlockFile(lockOf(output));
  else await removeLockFile(lockOf(output));
}

function lockOf(output: string): string {
  return join(temporaryFolder(output), `${LOCK}.${ownProcess()}`);
}

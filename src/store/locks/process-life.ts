// Tells which processes that wrote into an output are alive, by the locks that they hold.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { askLock } from "../../sql/file-lock.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { isLockName, LOCK } from "./process-lock.ts";
import { type FileOwner, isLocal, isSameKernel, ownerOf } from "./process-name.ts";

/**
 * Makes a function that tells whether the process in a file's name is alive, for one look at an output: it asks for each process
 * once. Processes of other machines count as alive, and so do all on a file system without locks, since nobody can tell.
 */
export function lifeIn(output: string): (name: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return async (name) => {
    const owner = ownerOf(name);
    if (!owner || !isLocal(owner)) return true;
    // Older versions held no lock, and two versions never work on one output at a time.
    if (!owner.lock) return false;
    const lock = `${LOCK}.${owner.machine}.${owner.lock.boot}.${owner.lock.token}`;
    const asked = known.get(lock) ?? isAlive(join(temporaryFolder(output), lock), owner);
    known.set(lock, asked);
    return await asked;
  };
}

/** After a restart all earlier processes are dead. If the lock is held all the same, another machine has this name. */
async function isAlive(lock: string, owner: FileOwner): Promise<boolean> {
  const state = await askLock(lock);
  return isSameKernel(owner) ? state !== "free" : state === "held";
}

/** The lock files of processes that are gone and have left nothing else. */
export async function deadLocks(output: string): Promise<string[]> {
  const names = await readdir(temporaryFolder(output)).catch(() => []);
  const isAliveHere = lifeIn(output);
  const dead: string[] = [];
  for (const name of names.filter(isLockName)) {
    const process = name.slice(LOCK.length);
    const isNeeded = names.some((other) => other.includes(`${process}.`));
    if (!isNeeded && !(await isAliveHere(name))) dead.push(name);
  }
  return dead;
}

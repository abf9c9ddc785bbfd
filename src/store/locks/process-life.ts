// Tells which processes that wrote into an output are alive, by the locks that they hold.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { askLock } from "../../sql/file-lock.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { isLockName, LOCK } from "./process-lock.ts";
import { type FileOwner, isLocal, isSameKernel, ownerOf } from "./process-name.ts";

/**
 * A function that tells whether the process that a name speaks of is alive, for one look at an output: each process is asked
 * for once. Nobody can tell of processes of other machines, nor where the file system keeps no locks: these count as alive.
 */
export function lifeIn(output: string): (name: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return async (name) => {
    const owner = ownerOf(name);
    if (!owner || !isLocal(owner)) return true;
    // Of versions that held no lock: two versions never work on one output at a time.
    if (!owner.lock) return false;
    const lock = `${LOCK}.${owner.machine}.${owner.lock.boot}.${owner.lock.token}`;
    const asked = known.get(lock) ?? isAlive(join(temporaryFolder(output), lock), owner);
    known.set(lock, asked);
    return await asked;
  };
}

/** After a restart all are dead, but a lock that is held says that it was another machine of this name. */
async function isAlive(lock: string, owner: FileOwner): Promise<boolean> {
  const state = await askLock(lock);
  return isSameKernel(owner) ? state !== "free" : state === "held";
}

/** Lock files of processes that are gone and have nothing else there any more. */
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

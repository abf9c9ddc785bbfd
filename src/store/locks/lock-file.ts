// Creates and removes lock files so that no two processes ever hold one.
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { askLock, lockFile, unlockFile } from "../../sql/file-lock.ts";
import { exists } from "../local/durable.ts";
import { errorCode } from "../system-errors.ts";
import { isDiskFull } from "../wait-for-disk.ts";

/**
 * Creates and locks a file in the output's temporary folder. False if another process has locked it, undefined if the file system
 * keeps no locks. Throws if the output is gone or the disk is full.
 */
export async function createLockFile(path: string): Promise<boolean | undefined> {
  for (;;) {
    // Another start removes these folders when they are empty.
    for (const folder of [dirname(dirname(path)), dirname(path)]) await makeFolder(folder);
    const result = await lockFile(path).catch(async (error: Error) => {
      if (/no such file/i.test(error.message)) return undefined;
      // The disk had space for the name alone.
      await removeFreeLock(path);
      throw isDiskFull(error) ? Object.assign(error, { code: "ENOSPC" }) : error;
    });
    if (result === "held") return false;
    if (result === "unsupported") {
      await rm(path, { force: true });
      return undefined;
    }
    if (result === "locked") {
      // A process that removes a lock file holds its lock meanwhile, so a file that exists after it was locked stays.
      if (await exists(path)) return true;
      await unlockFile(path);
    }
  }
}

/** Removes a lock file of this process, and only then releases its lock. If the removal fails, the next start removes it. */
export async function removeLockFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
  await unlockFile(path);
}

/** Removes a lock file unless a process holds its lock. */
export async function removeFreeLock(path: string): Promise<void> {
  await askLock(path, () => rm(path, { force: true }));
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
}

// Creates and removes lock files so that no two processes ever hold one.
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { askLock, lockFile, unlockFile } from "../../sql/file-lock.ts";
import { exists } from "../local/durable.ts";
import { errorCode } from "../system-errors.ts";
import { isDiskFull } from "../wait-for-disk.ts";

/**
 * Creates and locks a file in the output's folder for temporary ones. False where somebody else has locked it, undefined
 * where the file system keeps no locks. Throws an error of an output that is gone or a full disk.
 */
export async function createLockFile(path: string): Promise<boolean | undefined> {
  for (;;) {
    // Another start removes these folders where they are empty.
    for (const folder of [dirname(dirname(path)), dirname(path)]) await makeFolder(folder);
    const result = await lockFile(path).catch(async (error: Error) => {
      if (/no such file/i.test(error.message)) return undefined;
      // There was space for its name alone.
      await removeFreeLock(path);
      throw isDiskFull(error) ? Object.assign(error, { code: "ENOSPC" }) : error;
    });
    if (result === "held") return false;
    if (result === "unsupported") {
      await rm(path, { force: true });
      return undefined;
    }
    if (result === "locked") {
      // Whoever removes a lock file holds its lock meanwhile, so one that is there after it was locked stays.
      if (await exists(path)) return true;
      await unlockFile(path);
    }
  }
}

/** Removes a lock file of this process, and only then releases its lock. One that cannot be removed is left to the next start. */
export async function removeLockFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
  await unlockFile(path);
}

/** Removes a lock file unless somebody holds its lock. */
export async function removeFreeLock(path: string): Promise<void> {
  await askLock(path, () => rm(path, { force: true }));
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
}

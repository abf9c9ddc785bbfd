// Gives a finished file a name that nothing has yet.
import { constants } from "node:fs";
import { copyFile, link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory, syncFile } from "./local/durable.ts";
import { errorCode } from "./system-errors.ts";

/**
 * Gives the bytes of `file`, which may lie on another file system, the name `target`; `file` itself stays. False where that name is taken.
 * The name stands for the whole file from its first moment; where a file system has no hard links, for an empty one until then. Throws
 * what the system says.
 */
export async function nameNew(file: string, target: string, unique: string): Promise<boolean> {
  const beside = join(dirname(target), `.${basename(target)}.${unique}`);
  try {
    await copyFile(file, beside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await syncFile(beside);
    try {
      await link(beside, target);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      if (!(await reserve(target))) return false;
      await rename(beside, target);
    }
    await syncDirectory(dirname(target));
    return true;
  } finally {
    await rm(beside, { force: true });
  }
}

/** Makes an empty file of that name; false where there is one. */
async function reserve(target: string): Promise<boolean> {
  try {
    await (await open(target, "wx")).close();
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

// Gives a finished file a name that nothing has yet.
import { constants } from "node:fs";
import { copyFile, link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory, syncFile } from "./local/durable.ts";
import { errorCode } from "./system-errors.ts";

/**
 * Copies `file`, which may lie on another file system, to the name `target`. False if that name is taken. The name stands for the whole
 * file at once; without hard links it stands for an empty file until the copy is there. Throws errors of the system.
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

/** Makes an empty file; false if the name is taken. */
async function reserve(target: string): Promise<boolean> {
  try {
    await (await open(target, "wx")).close();
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

// File operations that survive a kill or a power cut once they return.
import { lstat, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { asOutputError, errorCode } from "../system-errors.ts";
import { probeFolder } from "./write-probe.ts";

/** Waits until the folder's entries (creations, renames) are on the disk. */
export async function syncDirectory(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Waits until a file's bytes are on the disk. After a failure its pages may be lost: give the file up, never retry. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a whole file and syncs it; it must not exist yet. */
export async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

const MOST_TRIES = 3;

/**
 * Writes a whole new file into an output's folder for temporary ones. Another start that fails removes that folder, and its
 * parent, where they are empty, which they may be just before this; an output that is gone stays gone, and is an error.
 */
export async function writeTemporary(path: string, text: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await writeNew(path, text);
    } catch (error) {
      if (errorCode(error) !== "ENOENT" || tries === MOST_TRIES) throw error;
      for (const folder of [dirname(dirname(path)), dirname(path)]) await makeFolder(folder);
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
}

/** Replaces a file at once: readers see the old text or the new one, never a part. `temporary` is beside it on one disk. */
export async function replaceFile(path: string, text: string, temporary: string): Promise<void> {
  await rm(temporary, { force: true });
  await writeTemporary(temporary, text);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Whether there is a file or folder of this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** One folder at a time: Node's recursive mkdir never returns where a parent can hold no folders, /proc for instance. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    if (errorCode(error) !== "ENOENT" || dirname(path) === path || (await isFolder(dirname(path)))) throw error;
    await makeFolders(dirname(path));
    await mkdir(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** Makes an output folder, or explains why it cannot be written to, before any work. */
export async function makeWritableFolder(path: string): Promise<void> {
  try {
    await makeFolders(resolve(path));
    await probeFolder(path);
  } catch (error) {
    const known = asOutputError(error, `opening the output folder ${path}`);
    if (known !== error) throw known;
    throw new OutputError(`cannot write to the output folder ${path}: ${(error as Error).message}`, "Choose another --output.", {
      cause: error,
    });
  }
}

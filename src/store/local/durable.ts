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

/** Waits until a file's bytes are on the disk. If it fails, the kernel may have dropped the bytes: discard the file, never retry. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a whole new file and syncs it. Throws EEXIST if it exists. */
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
 * Writes a whole new file into an output's temporary folder. Another start that fails may just have removed that folder and its
 * parent, because they were empty: then they are made again. Throws ENOENT if the output itself is gone.
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

/** Replaces a file at once: readers see the old text or the new one, never a part. `temporary` is a path on the same disk. */
export async function replaceFile(path: string, text: string, temporary: string): Promise<void> {
  await rm(temporary, { force: true });
  await writeTemporary(temporary, text);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Whether a file, folder or link has this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Makes one folder at a time: Node's recursive mkdir never returns if a parent can hold no folders, such as /proc. */
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

/** Makes an output folder, and writes and removes a file in it. Throws OutputError that says why it cannot be written to. */
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

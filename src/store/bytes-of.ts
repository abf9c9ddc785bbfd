// The bytes of a file, or of everything in a folder.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "./system-errors.ts";

/** The sum of the files' lengths in bytes. Files that disappear meanwhile count as 0. Throws if something may not be read. */
export async function bytesOf(path: string): Promise<number> {
  try {
    const entry = await lstat(path);
    if (!entry.isDirectory()) return entry.size;
    let bytes = 0;
    for (const name of await readdir(path)) bytes += await bytesOf(join(path, name));
    return bytes;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}

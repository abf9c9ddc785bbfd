// Tests whether a folder can be written to, with a new file that replaces nothing.
import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const TEXT = "prep";
const NAME = /^\.write-probe(-\d+)?$/;

/** Writes a file into a folder, syncs it and removes it. Throws the error of the system if that fails. */
export async function probeFolder(folder: string): Promise<void> {
  // All starts use the same names, so the next one removes what a killed one left. Starts at the same moment share the file.
  for (let number = 0; ; number++) {
    const path = join(folder, number === 0 ? ".write-probe" : `.write-probe-${number}`);
    if ((await kindOf(path)) === "foreign") continue;
    await writeFile(path, TEXT, { flush: true });
    await rm(path, { force: true });
    return;
  }
}

/** Whether a file is the probe of a start that was killed. */
export async function isLeftProbe(folder: string, name: string): Promise<boolean> {
  return NAME.test(name) && (await kindOf(join(folder, name))) === "probe";
}

/** A full disk or a kill leaves an empty probe. */
async function kindOf(path: string): Promise<"nothing" | "probe" | "foreign"> {
  try {
    const entry = await lstat(path);
    if (!entry.isFile() || entry.size > TEXT.length) return "foreign";
    return TEXT.startsWith(await readFile(path, "utf8")) ? "probe" : "foreign";
  } catch (error) {
    // Another start may have removed its probe since.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "nothing";
    throw error;
  }
}

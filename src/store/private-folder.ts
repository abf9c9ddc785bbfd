// A temporary folder that nobody else on the machine can foresee or read.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";

/**
 * Makes a new folder (mode 0700, a random name) for a verb's temporary files in `parent`, by default the system's temporary folder.
 * Makes `parent` if it is missing. The caller removes the folder. Throws OutputError if it cannot be made.
 */
export async function makePrivateFolder(verb: string, parent: string = tmpdir()): Promise<string> {
  try {
    await mkdir(parent, { recursive: true });
    return await mkdtemp(join(parent, `prep-${verb}-`));
  } catch (error) {
    throw new OutputError(
      `no temporary folder can be made in ${parent}: ${error instanceof Error ? error.message : String(error)}`,
      "Name another place with --temp-directory, or set TMPDIR.",
      { cause: error },
    );
  }
}

/** Does `work` with a private folder, and removes the folder afterwards. Throws as `makePrivateFolder` does, and what `work` throws. */
export async function inPrivateFolder<T>(verb: string, parent: string | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makePrivateFolder(verb, parent);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

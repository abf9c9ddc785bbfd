// Renames a file or folder over an older one, unless that holds foreign files.
import type { rename } from "node:fs/promises";
import { join } from "node:path";
import { insistOnMembers } from "../own-members.ts";
import { errorCode } from "../system-errors.ts";
import { LocalFiles } from "./local-files.ts";

/**
 * Renames `from` to `name` in the output. A folder that is not empty and has that name is moved to `replaced` first. It stays there
 * until `replaced` itself is removed, so a second publisher, which saw the old folder and was asleep since, cannot move the new folder
 * there. Throws OutputError and moves nothing if that folder holds foreign files.
 */
export async function moveInto(from: string, output: string, name: string, replaced: string, renameFile: typeof rename): Promise<void> {
  const to = join(output, name);
  try {
    await renameFile(from, to);
  } catch (error) {
    if (!isOccupied(error)) throw error;
    await insistOnMembers(new LocalFiles(output), name);
    await renameFile(to, replaced).catch((second: unknown) => {
      if (!isOccupied(second)) throw second;
    });
    await renameFile(from, to);
  }
}

/** Whether a folder that is not empty has the name already. */
function isOccupied(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOTEMPTY" || code === "EEXIST";
}

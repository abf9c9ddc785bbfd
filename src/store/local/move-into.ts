// Renames a file or folder over an older one, unless that holds foreign files.
import type { rename } from "node:fs/promises";
import { join } from "node:path";
import { insistOnMembers } from "../members.ts";
import { errorCode } from "../system-errors.ts";
import { LocalFiles } from "./local-files.ts";

/**
 * Renames `from` to `name` in the output. A folder with something in it that stands there is moved to `aside` first. What is aside
 * stays there for as long as `aside` can be reached, so that a second publisher, who saw the old folder and was asleep since, moves
 * nothing there: by then it would be the new one. Throws OutputError, and moves nothing, where that folder holds somebody else's files.
 */
export async function moveInto(from: string, output: string, name: string, aside: string, renameFile: typeof rename): Promise<void> {
  const to = join(output, name);
  try {
    await renameFile(from, to);
  } catch (error) {
    if (!isOccupied(error)) throw error;
    await insistOnMembers(new LocalFiles(output), name);
    await renameFile(to, aside).catch((second: unknown) => {
      if (!isOccupied(second)) throw second;
    });
    await renameFile(from, to);
  }
}

/** Where a folder would be put lies another one, with something in it. */
function isOccupied(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOTEMPTY" || code === "EEXIST";
}

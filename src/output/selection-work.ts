// Folders in which selections keep their finished intermediate files.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes what all starts of a selection have left, those of other versions included. */
export async function removeWork(output: string, digest: string): Promise<void> {
  const all = allWork(output);
  for (const name of await readdir(all).catch(() => [])) {
    if (isWorkOf(name, digest)) await rm(join(all, name), { recursive: true, force: true });
  }
}

/** The folder of all work folders of an output. */
export function allWork(output: string): string {
  return join(output, "_prep", "work");
}

/** Whether a work folder is of the selection with this digest. Older versions named the folder by the digest alone. */
export function isWorkOf(name: string, digest: string): boolean {
  return name === digest || name.startsWith(`${digest}.`);
}

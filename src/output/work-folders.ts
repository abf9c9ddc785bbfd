// The folders in which selections keep finished intermediate files.
import { join } from "node:path";
import { localStoreAt } from "../store/store-at.ts";

/** Removes the work folders of all starts of a selection, also of those of other versions. */
export async function removeWorkFolders(output: string, digest: string): Promise<void> {
  // The work folder is local by nature: stage one runs on one machine.
  const store = localStoreAt(output);
  for (const name of await store.names(WORK).catch(() => [])) {
    if (isWorkOf(name, digest)) await store.removeTree(join(WORK, name));
  }
}

/** The folder of all work folders, in the output. */
export const WORK = join("_prep", "work");

/** Whether a work folder belongs to the selection with this digest. Older versions named the folder by the digest alone. */
export function isWorkOf(name: string, digest: string): boolean {
  return name === digest || name.startsWith(`${digest}.`);
}

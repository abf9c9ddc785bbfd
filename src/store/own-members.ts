// Tells which files in a folder of an output are the output's own.
import { OutputError } from "../core/errors.ts";
import type { Store } from "./store.ts";

/** The folder of the shuffled selection. Every other folder that a record commits is a shard, named by its number. */
export const PARTITIONS_FOLDER = "partitions";

const PARTITION = /^part-\d{5,}\.parquet$/;
/** Keys begin with the number of their shard. */
const SAMPLE_FILE = /^\d+\.(jpg|png|webp|avif|json|txt)$/;

/** Whether prep or img2dataset gives a file in `partitions`, or in the folder of a shard, this name. */
export function isMember(folder: string, name: string): boolean {
  return folder === PARTITIONS_FOLDER ? PARTITION.test(name) : SAMPLE_FILE.test(name) && name.startsWith(folder);
}

/** The part of a store that tells what is in a folder. */
export type FolderReader = Pick<Store, "kind" | "entries" | "location">;

/**
 * Lists what in a folder of an output is foreign: files of other names, folders, links. Names are without the folder, sorted.
 * A folder that does not exist has none, and neither has a link or a file in its place.
 */
export async function foreignMembers(store: FolderReader, folder: string): Promise<string[]> {
  if ((await store.kind(folder)) !== "folder") return [];
  const entries = await store.entries(folder);
  return entries.flatMap(({ name, kind }) => (kind === "file" && isMember(folder, name) ? [] : [name])).sort();
}

/** Throws OutputError if a folder that has to make way for a new one holds anything foreign. */
export async function insistOnMembers(store: FolderReader, folder: string): Promise<void> {
  const [first] = await foreignMembers(store, folder);
  if (first === undefined) return;
  throw new OutputError(
    `${store.location(folder)} holds ${first}, which prep did not make: it would be lost with the files that are replaced there`,
    "Move it elsewhere, then start the same command again: what is committed stays.",
  );
}

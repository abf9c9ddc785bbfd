// Tells which files in a folder of an output are the output's own.
import { OutputError } from "../core/errors.ts";
import type { Store } from "./store.ts";

/** The folder of the shuffled selection. Every other folder that a record commits is a shard, named by its number. */
export const PARTITIONS_FOLDER = "partitions";

const PARTITION = /^part-\d{5,}\.parquet$/;
/** The extensions of pictures that prep encodes. */
const ENCODED = ["jpg", "png", "webp", "avif"];
/** Keys begin with the number of their shard. */
const SAMPLE_FILE = new RegExp(`^\\d+\\.(${[...ENCODED, "json", "txt"].join("|")})$`);

/** Whether prep or img2dataset gives a file in `partitions`, or in the folder of a shard, this name. */
export function isMember(folder: string, name: string): boolean {
  return folder === PARTITIONS_FOLDER ? PARTITION.test(name) : SAMPLE_FILE.test(name) && name.startsWith(folder);
}

/** Whether a file is the picture of a sample with `--true-extension`: the sample's JSON is there, and no picture of a usual extension. */
function isTruePicture(folder: string, name: string, names: ReadonlySet<string>): boolean {
  if (folder === PARTITIONS_FOLDER || !name.startsWith(folder)) return false;
  const key = /^(\d+)\.[a-z0-9]+$/.exec(name)?.[1];
  return key !== undefined && names.has(`${key}.json`) && !ENCODED.some((extension) => names.has(`${key}.${extension}`));
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
  const names = new Set(entries.map(({ name }) => name));
  const isOwn = (name: string) => isMember(folder, name) || isTruePicture(folder, name, names);
  return entries.flatMap(({ name, kind }) => (kind === "file" && isOwn(name) ? [] : [name])).sort();
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

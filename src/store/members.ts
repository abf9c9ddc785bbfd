// Tells which files in a folder of an output are its own.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { errorCode } from "./durable.ts";

/** The folder of the shuffled selection; every other folder that a record commits is a shard, named by its number. */
export const PARTITIONS_FOLDER = "partitions";

const PARTITION = /^part-\d{5,}\.parquet$/;
/** Keys begin with the number of their shard. */
const SAMPLE_FILE = /^\d+\.(jpg|png|webp|avif|json|txt)$/;

/** Whether `prep` or img2dataset gives a file in `partitions`, or in the folder of a shard, this name. */
export function isMember(folder: string, name: string): boolean {
  return folder === PARTITIONS_FOLDER ? PARTITION.test(name) : SAMPLE_FILE.test(name) && name.startsWith(folder);
}

/**
 * What in a folder of an output is not its own: files of other names, folders, links. Names without the folder, sorted; none where
 * there is no folder. A link or a file in the place of the folder holds nothing.
 */
export async function foreignMembers(output: string, folder: string): Promise<string[]> {
  const path = join(output, folder);
  const isFolder = await lstat(path).then(
    (entry) => entry.isDirectory(),
    (error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
      return false;
    },
  );
  if (!isFolder) return [];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() && isMember(folder, entry.name) ? [] : [entry.name])).sort();
}

/** Throws OutputError where a folder that has to make way for a new one holds anything that is not its output's own. */
export async function insistOnMembers(output: string, folder: string): Promise<void> {
  const [first] = await foreignMembers(output, folder);
  if (first === undefined) return;
  throw new OutputError(
    `${join(output, folder)} holds ${first}, which prep did not make: it would be lost with the files that are replaced there`,
    "Move it elsewhere, then start the same command again: what is committed stays.",
  );
}

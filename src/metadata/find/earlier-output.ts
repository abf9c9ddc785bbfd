// Recognises the outputs of earlier runs among inputs, by the names of their files.
import { join } from "node:path";

/** Sidecars and records, which prep and img2dataset write beside shards. */
const OUTPUT_FILE = /^(\d+_stats|selection|run|sizes|croissant)\.json$/;

/** The entry that shows a folder to be the output of a run; undefined if there is none. */
export function outputSign(names: readonly string[]): string | undefined {
  const hasPartitions = names.includes("partitions");
  return names.find(
    (name) => name === "_prep" || name === "run.json" || (hasPartitions && name === "selection.json") || /^\d{5,}_stats\.json$/.test(name),
  );
}

/** The partitions in an output with these entries; undefined if it has none. */
export function partitionsIn(folder: string, names: readonly string[]): string | undefined {
  return names.includes("partitions") ? join(folder, "partitions") : undefined;
}

/** Whether a file belongs to an output in a folder with these entries. A folder can hold a list and an output at once. */
export function isOutputFile(name: string, names: ReadonlySet<string>): boolean {
  return OUTPUT_FILE.test(name) || (/^\d+\.parquet$/.test(name) && names.has(name.replace(".parquet", "_stats.json")));
}

// Shards become samples again: what a training loader sees, for checks of our own, whatever the output format.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedSample } from "./loaded-sample.ts";
import { readParquetShard } from "./read-parquet.ts";
import { readTfrecordShard } from "./read-tfrecord.ts";
import { readFolderShard, readTarShard } from "./sample-groups.ts";

export type { LoadedSample } from "./loaded-sample.ts";

/** The samples of one shard in order: a tar, a TFRecord or parquet file, or a folder of files. Throws where it is torn. */
export async function* readShard(path: string): AsyncGenerator<LoadedSample> {
  if (path.endsWith(".tar")) yield* readTarShard(path);
  else if (path.endsWith(".tfrecord")) yield* readTfrecordShard(path);
  else if (path.endsWith(".parquet")) yield* readParquetShard(path);
  else if ((await stat(path)).isDirectory()) yield* readFolderShard(path);
  else throw new Error(`${path} is no shard`);
}

/** The shards of an output in order. A parquet file is one where there is nothing else: beside others it is a sidecar. */
export async function shardPaths(output: string): Promise<string[]> {
  const names = (await readdir(output)).filter((name) => /^\d+(\.(tar|tfrecord|parquet))?$/.test(name)).sort();
  const others = names.filter((name) => !name.endsWith(".parquet"));
  return (others.length > 0 ? others : names).map((name) => join(output, name));
}

/** All samples of an output, shard after shard. */
export async function* readShards(output: string): AsyncGenerator<LoadedSample> {
  for (const path of await shardPaths(output)) yield* readShard(path);
}

// Reads the shards of an output as samples, whatever the output format.
import { join } from "node:path";
import { storeAt } from "../store/store-at.ts";
import type { LoadedSample } from "./loaded-sample.ts";
import type { StoredSample } from "./output-format.ts";
import { formatOfPath } from "./output-formats.ts";
import { parseShardFileName, SIDECAR_ENDING } from "./shard-names.ts";

/** The paths of an output's shards in order. Parquet files are shards only if there are no others: else they are sidecars. */
export async function shardPaths(output: string): Promise<string[]> {
  const names = (await storeAt(output).names()).filter((name) => parseShardFileName(name)?.kind === "data").sort();
  const others = names.filter((name) => !name.endsWith(SIDECAR_ENDING));
  return (others.length > 0 ? others : names).map((name) => join(output, name));
}

/** Reads all samples of an output, shard after shard. Throws if a shard is torn. */
export async function* readShards(output: string): AsyncGenerator<LoadedSample> {
  for (const path of await shardPaths(output)) yield* formatOfPath(path).load(path);
}

/** Reads the samples of a shard in its order, as its writer took them. Throws if the shard is torn. */
export function storedSamples(path: string): AsyncIterable<StoredSample> {
  return formatOfPath(path).readStored(path);
}

/**
 * Reads what a damaged shard still holds, without an error; nothing if the shard is missing. A sample may have wrong bytes, so
 * callers compare its digest.
 */
export async function* salvagedSamples(path: string): AsyncGenerator<StoredSample> {
  try {
    yield* formatOfPath(path).salvage(path);
  } catch {
    // What follows the damage is lost.
  }
}

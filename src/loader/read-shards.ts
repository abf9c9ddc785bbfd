// Shards become samples again: what a training loader sees, for checks of our own.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readTar } from "../tar/read-tar.ts";

/** A sample as a webdataset loader groups it: its key and its members by extension. */
export interface LoadedSample {
  readonly key: string;
  readonly members: ReadonlyMap<string, Buffer>;
}

/** The samples of one tar in order; adjacent members up to the first dot of their name belong together, as in webdataset. */
export async function* readShard(path: string): AsyncGenerator<LoadedSample> {
  let key: string | undefined;
  let members = new Map<string, Buffer>();
  for await (const { name, body } of readTar(path)) {
    const dot = name.indexOf(".");
    const next = name.slice(0, dot);
    if (key !== undefined && next !== key) {
      yield { key, members };
      members = new Map();
    }
    key = next;
    members.set(name.slice(dot + 1).toLowerCase(), body);
  }
  if (key !== undefined) yield { key, members };
}

/** All samples of an output's tars, shard after shard. */
export async function* readShards(output: string): AsyncGenerator<LoadedSample> {
  const tars = (await readdir(output)).filter((name) => /^\d+\.tar$/.test(name)).sort();
  for (const name of tars) yield* readShard(join(output, name));
}

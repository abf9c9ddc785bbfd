// Shards become samples again: each sample as the bytes that its shard's writer took, to be put into another shard unchanged.
import { open } from "node:fs/promises";
import { salvageTar } from "../tar/salvage-tar.ts";
import { decodeExample } from "../tfrecord/example.ts";
import { readRecords } from "../tfrecord/records.ts";
import { readShard } from "./read-shards.ts";
import { readTarShard } from "./sample-groups.ts";

/** A sample of a shard: its members, or the one record or image that stands for them. */
export interface StoredSample {
  readonly key: string;
  readonly entries: readonly { readonly extension: string; readonly body: Buffer }[];
}

/** The samples of a tar, a TFRecord or parquet file or a folder, in its order. Throws where it is torn. */
export async function* storedSamples(path: string): AsyncGenerator<StoredSample> {
  if (path.endsWith(".tfrecord")) {
    yield* storedRecords(path);
    return;
  }
  for await (const { key, members } of readShard(path)) {
    const entries = [...members].map(([extension, body]) => ({ extension, body }));
    // A caption is a column there, and comes from the rows.
    yield { key, entries: path.endsWith(".parquet") ? entries.slice(0, 1) : entries };
  }
}

/**
 * What can still be read of a shard that is damaged. Whether a sample is whole its reader must know. Behind the damage only
 * tars and folders are read on: there each member says where it begins.
 */
export async function* salvagedSamples(path: string): AsyncGenerator<StoredSample> {
  try {
    if (!path.endsWith(".tar")) return yield* storedSamples(path);
    for await (const { key, members } of readTarShard(path, salvageTar(path)))
      yield { key, entries: [...members].map(([extension, body]) => ({ extension, body })) };
  } catch {
    // The rest of it is lost, or all where there is no such file.
  }
}

async function* storedRecords(path: string): AsyncGenerator<StoredSample> {
  const file = await open(path, "r");
  try {
    for await (const body of readRecords(file, path)) {
      const [key] = decodeExample(body).get("key")?.values ?? [];
      yield { key: key instanceof Uint8Array ? Buffer.from(key).toString() : "", entries: [{ extension: "tfrecord", body }] };
    }
  } finally {
    await file.close();
  }
}

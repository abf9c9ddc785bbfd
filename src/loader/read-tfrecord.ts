// Shards become samples again: the Examples of a TFRecord file, their checksums checked.
import { open } from "node:fs/promises";
import { decodeExample, type Feature } from "../tfrecord/example.ts";
import { readRecords } from "../tfrecord/records.ts";
import { type FieldValue, IMAGE_NAMES, type LoadedSample } from "./loaded-sample.ts";

/** The samples of one file in order; throws where it is torn or a checksum is wrong. */
export async function* readTfrecordShard(path: string): AsyncGenerator<LoadedSample> {
  const file = await open(path, "r");
  try {
    for await (const record of readRecords(file, path)) {
      const members = new Map<string, Buffer>();
      const fields = new Map<string, FieldValue>();
      for (const [name, feature] of decodeExample(record)) {
        const [first] = feature.values;
        if (isMember(name) && first instanceof Uint8Array) members.set(name, Buffer.from(first));
        else fields.set(name, fieldOf(feature));
      }
      yield { key: String(fields.get("key")), members, fields: Object.fromEntries(fields) };
    }
  } finally {
    await file.close();
  }
}

function isMember(name: string): boolean {
  return name === "txt" || IMAGE_NAMES.has(name);
}

/** A value alone, or a list of another length than one; bytes as text. */
function fieldOf({ kind, values }: Feature): FieldValue {
  const plain = kind === "bytes" ? values.map((value) => Buffer.from(value).toString()) : values;
  const [first] = plain;
  return plain.length === 1 && first !== undefined ? first : plain;
}

// TFRecord shards: one tf.train.Example a sample, in key order, each with its checksums.
import { open } from "node:fs/promises";
import type { AppendFile } from "../../store/append-file.ts";
import { readBack } from "../../store/file-digest.ts";
import { decodeExample, encodeExample, type Feature } from "../../tfrecord/example.ts";
import { frameRecord, readRecords } from "../../tfrecord/records.ts";
import type { Entry } from "../entries.ts";
import { sampleFeatures } from "../features.ts";
import { type FieldValue, IMAGE_NAMES, type LoadedSample } from "../loaded-sample.ts";
import type { InspectedSample, OutputFormat, StoredSample } from "../output-format.ts";
import type { ShardWriter, WrittenFile } from "../shard-writer.ts";

const ENDING = ".tfrecord";

/** The feature of the caption. */
const CAPTION = "txt";

/** Shards as TFRecord files, which TensorFlow and JAX read. */
export const tfrecord: OutputFormat = {
  ending: ENDING,
  isFolder: false,
  hasSidecar: true,
  hasMembers: false,
  needsTypes: true,
  isListedForOpenClip: false,
  addedColumns: (pictureName, withCaption) => [pictureName, ...(withCaption ? [CAPTION] : [])],
  loadExpression: (output) => `tf.data.TFRecordDataset(tf.io.gfile.glob("${output}/*${ENDING}"))`,

  packer: (withCaption, types) => (sample, stored, digest) => [
    { extension: "tfrecord", body: encodeExample(sampleFeatures(sample, stored, digest, withCaption, types)) },
  ],

  async open({ name, append }) {
    return new TfrecordWriter(name + ENDING, append(name + ENDING));
  },

  load: readSamples,

  readStored: readExamples,

  salvage: readExamples,

  async inspect(path) {
    const file = await readBack(path);
    try {
      const samples: InspectedSample[] = [];
      for await (const { key, members } of readSamples(path)) samples.push({ key, extensions: [...members.keys()] });
      return { ...file, samples };
    } catch (error) {
      return { ...file, torn: error instanceof Error ? error.message : String(error) };
    }
  },
};

/** Reads the encoded Examples of a file in order, each with the key that it holds. */
async function* readExamples(path: string): AsyncGenerator<StoredSample> {
  for await (const body of recordsOf(path)) {
    const [key] = decodeExample(body).get("key")?.values ?? [];
    yield { key: key instanceof Uint8Array ? Buffer.from(key).toString() : "", entries: [{ extension: "tfrecord", body }] };
  }
}

async function* readSamples(path: string): AsyncGenerator<LoadedSample> {
  for await (const record of recordsOf(path)) {
    const members = new Map<string, Buffer>();
    const fields = new Map<string, FieldValue>();
    for (const [name, feature] of decodeExample(record)) {
      const [first] = feature.values;
      if (isMember(name) && first instanceof Uint8Array) members.set(name, Buffer.from(first));
      else fields.set(name, fieldOf(feature));
    }
    yield { key: String(fields.get("key")), members, fields: Object.fromEntries(fields) };
  }
}

async function* recordsOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  try {
    yield* readRecords(file, path);
  } finally {
    await file.close();
  }
}

function isMember(name: string): boolean {
  return name === CAPTION || IMAGE_NAMES.has(name);
}

/** A single value, or a list of any other length; bytes as text. */
function fieldOf({ kind, values }: Feature): FieldValue {
  const plain = kind === "bytes" ? values.map((value) => Buffer.from(value).toString()) : values;
  const [first] = plain;
  return plain.length === 1 && first !== undefined ? first : plain;
}

/** Writes a file whose entries are encoded Examples. */
class TfrecordWriter implements ShardWriter {
  readonly #name: string;
  readonly #file: AppendFile;

  constructor(name: string, file: AppendFile) {
    this.#name = name;
    this.#file = file;
  }

  async add(_key: string, entries: readonly Entry[]): Promise<void> {
    for (const { body } of entries) await this.#file.append(frameRecord(body));
  }

  async close(): Promise<WrittenFile> {
    return { name: this.#name, ...(await this.#file.finish()) };
  }

  async abandon(): Promise<void> {
    await this.#file.abandon();
  }
}

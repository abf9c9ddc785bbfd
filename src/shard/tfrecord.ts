// Stage: shard. A TFRecord shard: one tf.train.Example a sample, in key order, each with its checksums.
import { AppendFile } from "../store/append-file.ts";
import type { DiskPatience } from "../store/wait-for-disk.ts";
import { frameRecord } from "../tfrecord/records.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** Writes `<name>.tfrecord` at this path; every entry is an encoded Example. */
export class TfrecordWriter implements ShardWriter {
  readonly #name: string;
  readonly #file: AppendFile;

  constructor(name: string, path: string, patience: DiskPatience) {
    this.#name = `${name}.tfrecord`;
    this.#file = AppendFile.create(path, patience);
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

// Stage: shard. A webdataset shard: one plain tar, the members of a sample adjacent, samples in key order.
import { AppendFile } from "../store/append-file.ts";
import type { DiskPatience } from "../store/wait-for-disk.ts";
import { TarFile } from "../tar/write-tar.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** Writes `<name>.tar` at this path. */
export class WebdatasetWriter implements ShardWriter {
  readonly #name: string;
  readonly #tar: TarFile<{ readonly bytes: number; readonly sha256: string }>;

  constructor(name: string, path: string, patience: DiskPatience) {
    this.#name = `${name}.tar`;
    this.#tar = new TarFile(AppendFile.create(path, patience));
  }

  async add(key: string, entries: readonly Entry[]): Promise<void> {
    for (const { extension, body } of entries) await this.#tar.add(`${key}.${extension}`, body);
  }

  async close(): Promise<WrittenFile> {
    return { name: this.#name, ...(await this.#tar.close()) };
  }

  async abandon(): Promise<void> {
    await this.#tar.abandon();
  }
}

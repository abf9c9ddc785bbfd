// Stage: shard. A shard as a folder of files, `<shard>/<key>.jpg` and so on, as the peer's `files` format has it.
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { TreeDigest } from "../store/tree-digest.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** Writes the folder `<name>` at this path. */
export class FilesWriter implements ShardWriter {
  readonly #name: string;
  readonly #path: string;
  readonly #created: Promise<unknown>;
  readonly #digest = new TreeDigest();
  #bytes = 0;

  constructor(name: string, path: string) {
    this.#name = name;
    this.#path = path;
    this.#created = mkdir(path, { recursive: true });
    // The error reaches the caller by `add` or `close`.
    this.#created.catch(() => undefined);
  }

  async add(key: string, entries: readonly Entry[]): Promise<void> {
    await this.#created;
    for (const { extension, body } of entries) {
      const name = `${key}.${extension}`;
      const file = await open(join(this.#path, name), "wx");
      try {
        await file.writeFile(body);
        await file.sync();
      } finally {
        await file.close();
      }
      this.#digest.add(name, body);
      this.#bytes += body.length;
    }
  }

  async close(): Promise<WrittenFile> {
    await this.#created;
    const folder = await open(this.#path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return { name: this.#name, bytes: this.#bytes, tree_sha256: this.#digest.hex() };
  }

  async abandon(): Promise<void> {
    await this.#created.catch(() => undefined);
  }
}

// Stage: shard. A shard as a folder of files, `<shard>/<key>.jpg` and so on, as the peer's `files` format has it.
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { TreeDigest } from "../store/tree-digest.ts";
import type { DiskPatience } from "../store/wait-for-disk.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** Writes the folder `<name>` at this path. */
export class FilesWriter implements ShardWriter {
  readonly #name: string;
  readonly #path: string;
  readonly #created: Promise<unknown>;
  readonly #patience: DiskPatience;
  readonly #digest = new TreeDigest();
  #bytes = 0;

  constructor(name: string, path: string, patience: DiskPatience) {
    this.#name = name;
    this.#path = path;
    this.#patience = patience;
    this.#created = patience.retrying(() => mkdir(path, { recursive: true }));
    // The error reaches the caller by `add` or `close`.
    this.#created.catch(() => undefined);
  }

  async add(key: string, entries: readonly Entry[]): Promise<void> {
    await this.#created;
    for (const { extension, body } of entries) {
      const name = `${key}.${extension}`;
      await this.#patience.retrying(() => writeWhole(join(this.#path, name), body), body.length);
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

/** Writes a new file and syncs it; after a failure nothing of it is there. */
async function writeWhole(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(body);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

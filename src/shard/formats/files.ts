// A folder of files a shard, `<shard>/<key>.jpg` and so on, as img2dataset's format `files` has it.
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TreeDigest } from "../../store/tree-digest.ts";
import type { DiskWait } from "../../store/wait-for-disk.ts";
import { type Entry, sampleEntries } from "../entries.ts";
import type { LoadedSample } from "../loaded-sample.ts";
import { groupNames, splitName, storedMembers } from "../member-groups.ts";
import type { OutputFormat } from "../output-format.ts";
import type { ShardWriter, WrittenFile } from "../shard-writer.ts";

/** Shards as folders of the files that a tar would hold. */
export const files: OutputFormat = {
  ending: "",
  isFolder: true,
  hasSidecar: true,
  hasMembers: true,
  needsTypes: true,
  isListedForOpenClip: false,
  addedColumns: () => [],
  loadExpression: undefined,

  packer:
    (withCaption, { fractions }) =>
    (sample, stored, digest) =>
      sampleEntries(sample, stored, digest, withCaption, fractions),

  async open({ name, path, diskWait }) {
    return new FolderWriter(name, path(name), diskWait);
  },

  load: readFolder,

  readStored: (path) => storedMembers(readFolder(path)),

  salvage: (path) => storedMembers(readFolder(path)),

  async inspect(path) {
    const names = (await readdir(path)).sort();
    const digest = new TreeDigest();
    let bytes = 0;
    for (const name of names) {
      const body = await readFile(join(path, name));
      digest.add(name, body);
      bytes += body.length;
    }
    return { bytes, sha256: digest.hex(), samples: groupNames(names) };
  },
};

/** Reads the samples of a folder in the order of their keys. */
async function* readFolder(path: string): AsyncGenerator<LoadedSample> {
  const namesByKey = new Map<string, string[]>();
  for (const name of (await readdir(path)).sort()) {
    const [key] = splitName(name);
    namesByKey.set(key, [...(namesByKey.get(key) ?? []), name]);
  }
  for (const [key, names] of namesByKey) {
    const members = new Map<string, Buffer>();
    for (const name of names) members.set(splitName(name)[1].toLowerCase(), await readFile(join(path, name)));
    yield { key, members };
  }
}

/** Writes the folder `name` at `path`. */
class FolderWriter implements ShardWriter {
  readonly #name: string;
  readonly #path: string;
  readonly #created: Promise<unknown>;
  readonly #diskWait: DiskWait;
  readonly #digest = new TreeDigest();
  #bytes = 0;

  constructor(name: string, path: string, diskWait: DiskWait) {
    this.#name = name;
    this.#path = path;
    this.#diskWait = diskWait;
    this.#created = diskWait.retrying(() => mkdir(path, { recursive: true }));
    // `add` and `close` report the error.
    this.#created.catch(() => undefined);
  }

  async add(key: string, entries: readonly Entry[]): Promise<void> {
    await this.#created;
    for (const { extension, body } of entries) {
      const name = `${key}.${extension}`;
      await this.#diskWait.retrying(() => writeWhole(join(this.#path, name), body), body.length);
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

/** Writes a new file and syncs it; after a failure the file is gone. */
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

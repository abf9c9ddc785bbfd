// webdataset shards: one plain tar, the members of a sample adjacent, samples in key order.

import { readBack } from "../../store/file-digest.ts";
import { salvageTar } from "../../tar/salvage-tar.ts";
import { TarScan } from "../../tar/scan-tar.ts";
import type { TarFile } from "../../tar/write-tar.ts";
import { type Entry, sampleEntries } from "../entries.ts";
import { groupMembers, groupNames, storedMembers } from "../member-groups.ts";
import type { OutputFormat } from "../output-format.ts";
import type { ShardWriter, WrittenFile } from "../shard-writer.ts";

const ENDING = ".tar";

/** Shards as tars, which `webdataset`, open_clip and img2dataset read. */
export const webdataset: OutputFormat = {
  ending: ENDING,
  isFolder: false,
  hasSidecar: true,
  hasMembers: true,
  needsTypes: true,
  isListedForOpenClip: true,
  addedColumns: () => [],
  loadExpression: (output, shards) => `wds.WebDataset("${output}/${shards}${ENDING}")`,

  packer:
    (withCaption, { fractions }) =>
    (sample, stored, digest) =>
      sampleEntries(sample, stored, digest, withCaption, fractions),

  async open({ name, append }) {
    // Loaded when it is needed: the command line knows the formats, and must start fast.
    const { TarFile } = await import("../../tar/write-tar.ts");
    return new TarShardWriter(name + ENDING, new TarFile(append(name + ENDING)));
  },

  async *load(path) {
    const { readTar } = await import("../../tar/read-tar.ts");
    yield* groupMembers(readTar(path));
  },

  readStored: (path) => storedMembers(webdataset.load(path)),

  salvage: (path) => storedMembers(groupMembers(salvageTar(path))),

  async inspect(path) {
    const scan = new TarScan();
    const file = await readBack(path, (chunk) => scan.push(chunk));
    const torn = scan.end();
    return { ...file, samples: groupNames(scan.names), ...(torn === undefined ? {} : { torn }) };
  },
};

class TarShardWriter implements ShardWriter {
  readonly #name: string;
  readonly #tar: TarFile<{ readonly bytes: number; readonly sha256: string }>;

  constructor(name: string, tar: TarFile<{ readonly bytes: number; readonly sha256: string }>) {
    this.#name = name;
    this.#tar = tar;
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

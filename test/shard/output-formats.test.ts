// What every output format promises: samples are read back, inspected and written again unchanged.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/core/sample.ts";
import type { StoredImage } from "../../src/shard/entries.ts";
import { featureKind } from "../../src/shard/features.ts";
import { inspectShard } from "../../src/shard/inspect-shard.ts";
import type { SamplePacker, StoredSample } from "../../src/shard/output-format.ts";
import { formatOfPath, OUTPUT_FORMAT_NAMES, type OutputFormatName, outputFormat, storesSamples } from "../../src/shard/output-formats.ts";
import { readShards, salvagedSamples, shardPaths, storedSamples } from "../../src/shard/read-shards.ts";
import type { WrittenFile } from "../../src/shard/shard-writer.ts";
import { AppendFile } from "../../src/store/append-file.ts";
import { NO_DISK_WAIT } from "../../src/store/wait-for-disk.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

const STORING = OUTPUT_FORMAT_NAMES.filter(storesSamples);
const ROWS = 7;
/** Rows 2 and 6 failed. */
const PACKED = [0, 1, 3, 4, 5];

const key = (index: number) => `0000${String(index).padStart(4, "0")}`;
const picture = (index: number) => Buffer.from(`picture ${index} ${"\u00ff".repeat(index)}`, "latin1");

const sampleOf = (index: number): Sample => ({
  ...{ key: key(index), index, url: `http://a.test/${index}.jpg`, caption: index === 1 ? null : `caption "${index}" 日本` },
  columns: { similarity: index / 3 },
});

const imageOf = (index: number): StoredImage => ({
  ...{ image: picture(index), extension: "jpg", width: 4, height: 3, originalWidth: 8, originalHeight: 6 },
});

/** Writes the shard 00000 of samples, each at its place among `ROWS` rows. */
async function writeShard(name: OutputFormatName, folder: string, samples: readonly (StoredSample & { index: number })[]) {
  const database = await openTestDatabase();
  const writer = await outputFormat(name).open({
    ...{ name: "00000", rows: ROWS, pictureName: "jpg", path: (file) => join(folder, file), diskWait: NO_DISK_WAIT },
    append: (file) => AppendFile.create(join(folder, file)),
    sliceRows: async (first, end) => {
      const slice = join(folder, "slice.tmp");
      const captions = "CASE i WHEN 1 THEN NULL ELSE 'caption \"' || i || '\" 日本' END";
      const rows = `SELECT '0000' || lpad(i::VARCHAR, 4, '0') AS key, ${captions} AS caption FROM range(${first}, ${end}) r(i)`;
      await database.run(`COPY (${rows}) TO '${slice}' (FORMAT parquet)`);
      return slice;
    },
  });
  for (const { key: own, entries, index } of samples) await writer.add(own, entries, index);
  const written = await writer.close();
  database.close();
  return written;
}

function packed(name: OutputFormatName): (StoredSample & { index: number })[] {
  const types = { kinds: new Map([["similarity", featureKind("DOUBLE")]]), fractions: new Map() };
  const pack: SamplePacker = outputFormat(name).packer(true, types);
  return PACKED.map((index) => ({ index, key: key(index), entries: pack(sampleOf(index), imageOf(index), undefined) }));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe.each(STORING)("the format %s", (name) => {
  it("gives back pictures, captions and keys as they were packed, in their order", () =>
    withFolder(async (folder) => {
      await writeShard(name, folder, packed(name));
      const samples = await all(readShards(folder));
      expect(samples.map((sample) => sample.key)).toEqual(PACKED.map(key));
      expect(samples.map(({ members }) => members.get("jpg")?.toString("latin1"))).toEqual(
        PACKED.map((index) => picture(index).toString("latin1")),
      );
      const captions = samples.map(({ members }) => members.get("txt")?.toString() ?? "");
      expect(captions).toEqual(PACKED.map((index) => sampleOf(index).caption ?? ""));
    }));

  it("records the size and digest that the shard has when it is inspected", () =>
    withFolder(async (folder) => {
      const written = (await writeShard(name, folder, packed(name))) as WrittenFile;
      const path = join(folder, written.name);
      const { isFolder } = outputFormat(name);
      if (!isFolder)
        expect([written.bytes, written.sha256]).toEqual([
          (await stat(path)).size,
          createHash("sha256")
            .update(await readFile(path))
            .digest("hex"),
        ]);
      const database = await openTestDatabase();
      const { samples, ...file } = await inspectShard(path, database);
      database.close();
      expect(file).toEqual({ bytes: written.bytes, sha256: isFolder ? written.tree_sha256 : written.sha256 });
      expect(samples?.map((sample) => sample.key)).toEqual(PACKED.map(key));
      expect(samples?.every(({ extensions }) => extensions.includes("jpg"))).toBe(true);
    }));

  it("gives back the entries that its writer took, so that a shard of them has the same bytes", () =>
    withFolder(async (folder) => {
      const samples = packed(name);
      const first = (await writeShard(name, folder, samples)) as WrittenFile;
      const stored = await all(storedSamples(join(folder, first.name)));
      expect(stored).toEqual(samples.map(({ key: own, entries }) => ({ key: own, entries })));
      expect(await all(salvagedSamples(join(folder, first.name)))).toEqual(stored);
      await withFolder(async (other) => {
        const again = stored.map((sample, place) => ({ ...sample, index: PACKED[place] ?? 0 }));
        expect(await writeShard(name, other, again)).toEqual(first);
      });
    }));

  it("is recognised by the names that it gives, and has a shard without samples", () =>
    withFolder(async (folder) => {
      const written = (await writeShard(name, folder, [])) as WrittenFile;
      expect(written.name).toBe(`00000${outputFormat(name).ending}`);
      expect(formatOfPath(join("/some.tar.d", written.name))).toBe(outputFormat(name));
      expect((await shardPaths(folder)).map((path) => basename(path))).toEqual([written.name]);
      expect(await all(readShards(folder))).toEqual([]);
    }));

  it("salvages nothing, without an error, from a shard that is gone", async () => {
    expect(await all(salvagedSamples(join("/nowhere", `00000${outputFormat(name).ending}`)))).toEqual([]);
  });
});

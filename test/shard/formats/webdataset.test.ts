// Tars of other programs as samples, our tars in GNU tar, and tars that are torn.
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { webdataset } from "../../../src/shard/formats/webdataset.ts";
import { salvagedSamples } from "../../../src/shard/read-shards.ts";
import { AppendFile } from "../../../src/store/append-file.ts";
import { NO_DISK_WAIT } from "../../../src/store/wait-for-disk.ts";
import { withFolder } from "../../support/parquet.ts";

/** What a reader sees: keys, and members as `extension=text`. */
async function load(path: string): Promise<[string, string[]][]> {
  const samples: [string, string[]][] = [];
  for await (const { key, members } of webdataset.load(path))
    samples.push([key, [...members].map(([extension, body]) => `${extension}=${body.toString()}`)]);
  return samples;
}

/** Packs files, each with its name as content, in this order with GNU tar. */
async function gnuTar(folder: string, names: readonly string[], ...options: string[]): Promise<string> {
  const source = join(folder, "source");
  for (const name of names) {
    await mkdir(dirname(join(source, name)), { recursive: true });
    await writeFile(join(source, name), name);
  }
  const path = join(folder, "00000.tar");
  execFileSync("tar", ["-cf", path, ...options, "-C", source, ...names]);
  return path;
}

describe("a tar of another program", () => {
  it("has samples of adjacent members whose names agree up to the first dot; extensions get lower case", () =>
    withFolder(async (folder) => {
      const path = await gnuTar(folder, ["a.jpg", "a.seg.PNG", "a.JSON", "b.jpg", "README", "c.txt"]);
      expect(await load(path)).toEqual([
        ["a", ["jpg=a.jpg", "seg.png=a.seg.PNG", "json=a.JSON"]],
        ["b", ["jpg=b.jpg"]],
        ["README", ["=README"]],
        ["c", ["txt=c.txt"]],
      ]);
    }));

  it("has a sample for each run of members where keys are interleaved", () =>
    withFolder(async (folder) => {
      const path = await gnuTar(folder, ["a.jpg", "b.jpg", "a.txt", "b.txt"]);
      expect((await load(path)).map(([key, members]) => [key, members.length])).toEqual([
        ["a", 1],
        ["b", 1],
        ["a", 1],
        ["b", 1],
      ]);
    }));

  it.each(["ustar", "gnu", "pax"])("may be of the format %s, with long names, folders and links beside the members", (format) =>
    withFolder(async (folder) => {
      const name = `${"n".repeat(format === "ustar" ? 90 : 180)}.jpg`;
      const path = await gnuTar(folder, [name, "0001.txt"], `--format=${format}`);
      const source = join(folder, "source");
      execFileSync("ln", ["-s", "nowhere", join(source, "link.jpg")]);
      await mkdir(join(source, "folder.jpg"));
      execFileSync("tar", ["-rf", path, `--format=${format}`, "-C", source, "link.jpg", "folder.jpg"]);
      expect((await load(path)).map(([key]) => key)).toEqual([name.slice(0, -4), "0001"]);
    }),
  );
});

describe("a tar of ours", () => {
  it("is read by GNU tar: plain files in the order of their keys, with a fixed time, mode and owner", () =>
    withFolder(async (folder) => {
      const path = await writeTar(folder);
      const listed = execFileSync("tar", ["--utc", "--full-time", "--numeric-owner", "-tvf", path], { encoding: "utf8" })
        .trim()
        .split("\n");
      expect(listed.map((line) => line.replace(/\s+/g, " "))).toEqual(
        ["0.jpg", "0.json", "1.jpg", "1.json", "2.jpg", "2.json"].map(
          (name) => `-r--r--r-- 0/0 ${name.endsWith("jpg") ? 700 : 2} 1970-01-01 00:00:00 ${name}`,
        ),
      );
      expect(execFileSync("tar", ["-xOf", path, "1.jpg"]).equals(Buffer.alloc(700, "1"))).toBe(true);
    }));

  it("throws where it is torn, after the samples before the tear, and salvages those behind a damaged header", () =>
    withFolder(async (folder) => {
      const path = await writeTar(folder);
      const tar = await readFile(path);
      tar[tar.indexOf("1.jpg") + 124] = 0x37;
      await writeFile(path, tar);
      await expect(load(path)).rejects.toThrow();
      const salvaged: string[] = [];
      for await (const { key, entries } of salvagedSamples(path)) salvaged.push(`${key} ${entries.map(({ extension }) => extension)}`);
      expect(salvaged).toEqual(["0 jpg,json", "1 json", "2 jpg,json"]);
    }));
});

/** Writes three samples, each a picture of 700 bytes and a JSON. */
async function writeTar(folder: string): Promise<string> {
  const path = join(folder, "00000.tar");
  const writer = await webdataset.open({
    ...{ name: "00000", rows: 3, pictureName: "jpg", path: (name) => join(folder, name), diskWait: NO_DISK_WAIT },
    append: (name) => AppendFile.create(join(folder, name)),
    sliceRows: () => expect.unreachable("a tar has no rows"),
  });
  for (const index of [0, 1, 2]) {
    const image = Buffer.alloc(700, String(index));
    await writer.add(
      String(index),
      [
        { extension: "jpg", body: image },
        { extension: "json", body: Buffer.from("{}") },
      ],
      index,
    );
  }
  await writer.close();
  return path;
}

// The contents of parquet, tfrecord and dummy outputs, made by the whole program.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { digests, faultsOf, loadedSamples, query, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { rowsReadByJava } from "../support/parquet-java.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;
let small: Buffer;

beforeAll(async () => {
  small = await paintPicture(320, 200);
  server = await startScriptedServer({
    "/small.jpg": { body: small },
    "/big.jpg": { body: await paintPicture(900, 600, 1) },
    "/page.jpg": { body: "<html>not a picture</html>" },
  });
});

afterAll(() => server.close());

const PATHS = ["/gone.jpg", "/small.jpg", "/big.jpg", "/page.jpg", "/small.jpg"];
const UNRESIZED = ["--resize-mode", "keep_ratio_largest", "--image-size", "400", "--resize-only-if-bigger", "--skip-reencode"];

/** Writes a list with a column for every kind of feature, nulls in row 1, and names that the formats reserve. */
async function writeList(folder: string, rows: number, paths: readonly string[]): Promise<string> {
  const list = paths.map((path) => `'${server.url(path)}'`).join(", ");
  const columns = {
    hash: "9007199254740993 + i",
    similarity: "(i / 2)::DOUBLE",
    weight: "0.5::DECIMAL(4, 2)",
    isNice: "i % 2 = 0",
    ids: "[i, NULL, 7]",
    scores: "[0.5, 1]::FLOAT[]",
    tags: "['a', 'b' || i]",
    day: "DATE '2024-02-29'",
    bytes: "'\\xFF\\x00'::BLOB",
    nested: "{'a': 1}",
    jpg: "'my jpg'",
    txt: "'my txt'",
  };
  const all = Object.entries(columns).map(([name, sql]) => `CASE WHEN i <> 1 THEN ${sql} END AS "${name}"`);
  return await writeParquet(
    join(folder, "list.parquet"),
    `SELECT [${list}][1 + i % ${paths.length}] || '?' || i AS url, CASE WHEN i <> 1 THEN 'caption ' || i END AS caption, ${all.join(", ")}
     FROM range(${rows}) r(i)`,
  );
}

function argumentsOf(list: string, output: string, format: string, ...more: string[]): string[] {
  const shape = [
    "--output-format",
    format,
    "--number-sample-per-shard",
    "25",
    "--caption-col",
    "caption",
    "--save-additional-columns",
    "all",
  ];
  return ["download", list, "--output", output, ...shape, "--allow-private-network", "--retries", "0", "--quiet", ...more];
}

async function download(list: string, output: string, format: string, ...more: string[]): Promise<void> {
  const result = await runPrep(argumentsOf(list, output, format, ...more));
  expect(result, result.stderr).toMatchObject({ code: 0 });
}

const withoutTimes = (row: object): object => ({ ...row, fetch_ms: undefined, attempts: undefined });

describe("the parquet format", () => {
  it("has the columns of a sidecar and the image, a row for every input row, and no other file", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 30, PATHS);
      const output = join(folder, "out");
      await download(list, output, "parquet", ...UNRESIZED);
      await download(list, join(folder, "tars"), "webdataset", ...UNRESIZED);
      expect(await faultsOf(output, 30)).toEqual([]);
      expect((await readdir(output)).filter((name) => /^\d/.test(name)).sort()).toEqual(
        ["00000.parquet", "00000_stats.json", "00001.parquet", "00001_stats.json"].sort(),
      );
      for (const [shard, rows] of [
        ["00000.parquet", 25],
        ["00001.parquet", 5],
      ] as const) {
        for (const at of [output, join(folder, "tars")]) expect(await rowsReadByJava(join(at, shard))).toBe(rows);
      }
      const columns = (path: string) => query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${path}')`);
      // Parquet shards have no digest of a sample, because sample and row are one.
      const ofSidecar = (await columns(join(folder, "tars", "00000.parquet"))).filter(({ column_name: name }) => name !== "sample_digest");
      const ofShard = await columns(join(output, "00000.parquet"));
      // The image takes the name jpg from the list's column.
      expect(ofShard.map(({ column_name: name }) => name)).toEqual([
        "jpg",
        ...ofSidecar.map(({ column_name: name }) => (name === "jpg" ? "metadata_jpg" : name)),
      ]);
      expect(ofShard.map(({ column_type: type }) => type)).toEqual(["BLOB", ...ofSidecar.map(({ column_type: type }) => type)]);

      const images = new Map((await loadedSamples(output)).map(({ key, members }) => [key, members.get("jpg")]));
      for (const { key, members } of await loadedSamples(join(folder, "tars"))) expect(images.get(key)).toEqual(members.get("jpg"));
      expect(images.get("0000001")).toEqual(small);
      const rows = await sidecarRows(output);
      expect(rows.map(({ status, jpg }) => (status === "success") === (jpg !== null))).not.toContain(false);
      const strip = ({ jpg: _image, metadata_jpg: _renamed, sample_digest: _digest, ...row }: Record<string, unknown>) => withoutTimes(row);
      expect(rows.map(strip)).toEqual((await sidecarRows(join(folder, "tars"))).map(strip));
      expect(JSON.parse(await readFile(join(output, "sizes.json"), "utf8"))).toEqual({ "00000.parquet": 15, "00001.parquet": 3 });
    }));

  it("has no image in a shard where every download failed", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 3, ["/gone.jpg"]);
      await download(list, join(folder, "out"), "parquet", "--encode-format", "png");
      expect((await sidecarRows(join(folder, "out"))).map(({ png, outcome }) => [png, outcome])).toEqual(Array(3).fill([null, "http_404"]));
    }));
});

describe("the tfrecord format", () => {
  it("has the features that img2dataset writes, each of one kind, beside a sidecar", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 30, PATHS);
      const output = join(folder, "out");
      await download(list, output, "tfrecord", ...UNRESIZED);
      expect(await faultsOf(output, 30)).toEqual([]);
      const [first, second] = await loadedSamples(output);
      expect(first).toMatchObject({ key: "0000001", fields: { caption: "", nested: "", status: "success" } });
      // A missing number or list has no feature.
      const missing = ["hash", "similarity", "weight", "isNice", "ids", "scores", "tags"];
      expect(Object.keys(first?.fields ?? {}).filter((name) => missing.includes(name))).toEqual([]);
      expect(first?.members.get("jpg")).toEqual(small);
      expect(first?.members.get("txt")).toEqual(Buffer.alloc(0));
      expect(second?.members.get("txt")?.toString()).toBe("caption 2");
      expect(second?.fields).toEqual({
        key: "0000002",
        hash: 9007199254740995n,
        similarity: 1,
        weight: 0.5,
        isNice: 1n,
        ids: [2n, 7n],
        scores: [0.5, 1],
        tags: ["a", "b2"],
        day: "2024-02-29",
        bytes: Buffer.from([0xff, 0]).toString(),
        nested: '{"a":1}',
        metadata_jpg: "my jpg",
        metadata_txt: "my txt",
        caption: "caption 2",
        url: `${server.url("/big.jpg")}?2`,
        status: "success",
        error_message: "",
        width: 400n,
        height: 267n,
        original_width: 900n,
        original_height: 600n,
        exif: "{}",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      await download(list, join(folder, "again"), "tfrecord", ...UNRESIZED, "--thread-count", "3");
      const files = (name: string) => [0, 1].map((shard) => join(folder, name, `0000${shard}.tfrecord`));
      expect(await digests(files("again"))).toEqual(await digests(files("out")));
    }));

  it("is refused by its reader after a bit flip or a truncation", () =>
    withFolder(async (folder) => {
      const list = await writeList(folder, 2, ["/small.jpg"]);
      const output = join(folder, "out");
      await download(list, output, "tfrecord");
      const path = join(output, "00000.tfrecord");
      const bytes = await readFile(path);
      bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1;
      await writeFile(path, bytes);
      await expect(loadedSamples(output)).rejects.toThrow(/00000\.tfrecord is damaged: the record at byte \d+/);
      await writeFile(path, bytes.subarray(0, -1));
      await expect(loadedSamples(output)).rejects.toThrow("ends in the middle of a record");
    }));
});

it("the dummy format records the outcome of every row and stores no sample", () =>
  withFolder(async (folder) => {
    const list = await writeList(folder, 30, PATHS);
    const output = join(folder, "out");
    await download(list, output, "dummy");
    expect((await readdir(output)).filter((name) => /^\d/.test(name)).sort()).toEqual(
      ["00000.parquet", "00000_stats.json", "00001.parquet", "00001_stats.json"].sort(),
    );
    const rows = await sidecarRows(output);
    expect(rows.filter(({ outcome }) => outcome === "success")).toHaveLength(18);
    expect(rows).toHaveLength(30);
    expect(await loadedSamples(output)).toEqual([]);
    expect(JSON.parse(await readFile(join(output, "sizes.json"), "utf8"))).toEqual({});
    await download(list, output, "dummy");
  }));

// Input formats: which files are metadata, and how each format is read.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createMetadataView } from "../../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../../src/metadata/find/metadata-files.ts";
import { formatByName, INPUT_FORMAT_CHOICES, INPUT_FORMATS, isMetadataName, isTextFormat } from "../../src/metadata/formats.ts";
import { openTestDatabase, withFolder, writeParquet } from "../support/parquet.ts";

const CSV = 'URL,TEXT,WIDTH\nhttp://a.test/1,"a, ""quoted"" caption",640\nhttp://a.test/2,,\n';
const TSV = "url\tcaption\nhttp://a.test/3\ttab separated\n";
const JSONL = '{"url": "http://a.test/4", "caption": "an object a line", "tags": ["x"]}\n{"url": "http://a.test/5", "caption": null}\n';

async function urls(paths: readonly string[]): Promise<unknown[]> {
  const database = await openTestDatabase();
  try {
    await createMetadataView(database, await findMetadataFiles(paths));
    return (await database.rows("SELECT url, caption FROM metadata ORDER BY url")).map(({ url, caption }) => [url, caption]);
  } finally {
    database.close();
  }
}

it("csv, tsv and jsonl are metadata, plain and gzipped", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "a.csv"), CSV);
    await writeFile(join(folder, "b.tsv.gz"), gzipSync(TSV));
    await writeFile(join(folder, "c.jsonl"), JSONL);
    await writeFile(join(folder, "d.jsonl.gz"), gzipSync(JSONL));
    const files = ["a.csv", "b.tsv.gz", "c.jsonl", "d.jsonl.gz"].map((name) => join(folder, name));
    expect(await urls(files)).toEqual([
      ["http://a.test/1", 'a, "quoted" caption'],
      ["http://a.test/2", null],
      ["http://a.test/3", "tab separated"],
      ["http://a.test/4", "an object a line"],
      ["http://a.test/4", "an object a line"],
      ["http://a.test/5", null],
      ["http://a.test/5", null],
    ]);
  }));

it("a txt list is metadata with a url, if it is named itself", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "list.txt.gz"), gzipSync('http://a.test/1,2\n\nhttp://a.test/"3"\r\n'));
    const database = await openTestDatabase();
    try {
      await createMetadataView(database, await findMetadataFiles([join(folder, "list.txt.gz")]));
      expect(await database.rows("SELECT url FROM metadata ORDER BY url")).toEqual([
        { url: 'http://a.test/"3"' },
        { url: "http://a.test/1,2" },
      ]);
    } finally {
      database.close();
    }
  }));

it("a folder is read in its main format, without files of other formats beside parquet", () =>
  withFolder(async (folder) => {
    await writeParquet(join(folder, "one.parquet"), "SELECT 'http://a.test/1' AS url, 'x' AS caption");
    await writeFile(join(folder, "notes.csv"), "a,b\n1,2\n");
    await writeFile(join(folder, "dataset_infos.json"), "{}");
    expect(await urls([folder])).toEqual([["http://a.test/1", "x"]]);
  }));

it("a text file that cannot be read is named, with the form it should have", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "bad.jsonl"), '{"url": "http://a.test/1"}\nnot json\n');
    await expect(urls([join(folder, "bad.jsonl")])).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining("bad.jsonl") });
  }));

it.each([
  ["a.parquet", "parquet", true],
  ["a.b.CSV.GZ", "csv", true],
  ["a.tsv", "tsv", true],
  ["a.ndjson.gz", "jsonl", true],
  ["a.json", "json", false],
  ["a.txt", "txt", false],
  ["a.parquet.gz", undefined, false],
  ["a.gz", undefined, false],
  ["csv", undefined, false],
])("the name %s tells the format %s, and whether a folder of metadata may hold it: %s", (name, format, isMetadata) => {
  expect(formatByName(name)).toBe(format);
  expect(isMetadataName(name)).toBe(isMetadata);
});

it("--input-format accepts every format, and .gz after every text format", () => {
  const packed = INPUT_FORMATS.filter(isTextFormat).map((name) => `${name}.gz`);
  expect([...INPUT_FORMAT_CHOICES].sort()).toEqual([...INPUT_FORMATS, ...packed].sort());
});

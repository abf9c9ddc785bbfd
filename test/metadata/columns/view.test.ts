// The view `metadata`: every known data set gets its canonical columns.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InputError, UsageError } from "../../../src/core/errors.ts";
import type { SwappedSizes } from "../../../src/metadata/columns/canonical.ts";
import { partitionMark, readMarks } from "../../../src/metadata/columns/partition-mark.ts";
import { createMetadataView, createTableView, describeResolution } from "../../../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../../../src/metadata/find/metadata-files.ts";
import { DATASETS, JOINED, LAION_400M, RELAION } from "../../support/metadata/dataset-rows.ts";
import { openTestDatabase, withFolder, writeParquet } from "../../support/parquet.ts";

interface Source {
  readonly path: string;
  readonly select: string;
  readonly footer?: Readonly<Record<string, string>>;
}

async function view(sources: readonly Source[], swappedSizes: SwappedSizes = "auto", query = "FROM metadata ORDER BY ALL") {
  return withFolder(async (folder) => {
    for (const { path, select, footer } of sources) await writeParquet(join(folder, path), select, footer);
    const database = await openTestDatabase();
    try {
      const metadata = await createMetadataView(database, await findMetadataFiles([folder]), { swappedSizes });
      return { metadata, rows: await database.rows(query), lines: describeResolution(metadata).join("\n") };
    } finally {
      database.close();
    }
  });
}

test.each(DATASETS)("$dataset: its columns get their canonical names", async ({ dataset, path, select, row, aliases, notice }) => {
  const { metadata, rows, lines } = await view([{ path: path ?? "part-0.parquet", select }]);
  expect(metadata.datasets).toEqual([dataset]);
  expect(rows[0]).toMatchObject(row);
  expect(metadata.aliases.map(({ name }) => name).sort()).toEqual(aliases);
  if (notice) expect(metadata.notices.join("\n")).toMatch(notice);
  else expect(metadata.notices).toEqual([]);
  expect(lines).toContain(dataset);
  expect(lines).toMatch(/(url|hash) +<- (url|URL|hash)/);
});

test("canonical columns come first and other names last", async () => {
  const { metadata } = await view([{ path: "a.parquet", select: RELAION }]);
  expect(metadata.columns.map(({ name }) => name)).toEqual(
    ["url", "caption", "width", "height", "punsafe", "pwatermark", "similarity", "hash"].concat([
      "source_width",
      "source_height",
      "key",
      "status",
      "error_message",
      "exif",
      "md5",
      "original_width",
      "original_height",
    ]),
  );
});

test("--swapped-sizes no keeps the sizes of an original set, and yes swaps those of any other", async () => {
  const left = await view([{ path: "a.parquet", select: LAION_400M }], "no");
  expect(left.rows[0]).toMatchObject({ width: 480, height: 640 });
  expect(left.metadata.notices.join()).not.toContain("swapped");
  const swapped = await view([{ path: "a.parquet", select: JOINED }], "yes");
  expect(swapped.rows[0]).toMatchObject({ width: 480, height: 640, source_WIDTH: 640 });
});

test("a Re-LAION folder gets no notice of withdrawal", async () => {
  const { metadata } = await view([{ path: "relaion2B-en-research-safe/part-0.parquet", select: RELAION }]);
  expect(metadata.datasets).toEqual(["Re-LAION-5B en research"]);
  expect(metadata.notices.join()).not.toContain("withdrew");
});

test("prediction alone stays without a meaning, with a notice", async () => {
  const { metadata, rows } = await view([{ path: "a.parquet", select: "SELECT 'u' AS url, 0.5 AS prediction" }]);
  expect(rows[0]).toEqual({ url: "u", prediction: 0.5 });
  expect(metadata.notices.join()).toContain("nothing tells which");
});

test("partitions of prep are marked in their footer and never corrected again", () =>
  withFolder(async (folder) => {
    const { key, value } = partitionMark({ urlColumn: "it's url" });
    const select = `SELECT 'u' AS url, 1 AS SAMPLE_ID, 't' AS text, '?' AS LICENSE, 'UNLIKELY' AS NSFW, 640 AS width, 480 AS height, 100 AS original_width, 90 AS original_height`;
    await writeParquet(join(folder, "part-00000.parquet"), select, { [key]: value });
    await writeParquet(join(folder, "plain.parquet"), "SELECT 1 AS a", { prep: "not ours" });
    const database = await openTestDatabase();
    try {
      const files = await findMetadataFiles([folder]);
      const marks = await readMarks(database, files);
      expect([...marks.values()]).toEqual([{ format: 1, urlColumn: "it's url" }]);
      for (const swappedSizes of ["auto", "yes"] as const) {
        const metadata = await createMetadataView(database, files.slice(0, 1), { swappedSizes });
        expect(await database.rows("FROM metadata")).toMatchObject([{ width: 640, height: 480, original_width: 100, caption: "t" }]);
        expect(metadata.notices.join()).not.toContain("swapped");
      }
    } finally {
      database.close();
    }
  }));

test("files of several data sets are each read by their own rules", async () => {
  const { metadata, rows } = await view(
    [
      { path: "a.parquet", select: LAION_400M.replace("'u'", "'a'") },
      { path: "b.parquet", select: JOINED.replace("'u'", "'b'") },
      { path: "c.parquet", select: RELAION.replace("'u'", "'c'").replace("640 AS original_width", "NULL::INTEGER AS original_width") },
      { path: "d.parquet", select: `SELECT *, 1 AS extra FROM (${JOINED.replace("'u'", "'d'")})` },
    ],
    "auto",
    "SELECT url, width, height, TEXT, source_width, extra, punsafe IS NULL AS unscored FROM metadata ORDER BY url",
  );
  expect(rows).toEqual([
    { url: "a", width: 640, height: 480, TEXT: "t", source_WIDTH: 480, extra: null, unscored: true },
    { url: "b", width: 640, height: 480, TEXT: "t", source_WIDTH: null, extra: null, unscored: false },
    { url: "c", width: null, height: 480, TEXT: "t", source_WIDTH: 256, extra: null, unscored: false },
    { url: "d", width: 640, height: 480, TEXT: "t", source_WIDTH: null, extra: 1, unscored: false },
  ]);
  expect(metadata.groups.map(({ files }) => files)).toEqual([1, 2, 1]);
  expect(metadata.notices.join("\n")).toContain("punsafe is NULL in files without such a column (1 of 4 files)");
  // source_WIDTH is an alias in one file and the resized width in another, so it is not an alias of the view.
  expect(metadata.aliases.map(({ name }) => name)).toContain("TEXT");
  expect(metadata.aliases.map(({ name }) => name)).not.toContain("source_WIDTH");
});

test("key=value folders give text columns", async () => {
  const { rows } = await view([{ path: "part=07/a.parquet", select: "SELECT 'u' AS url" }]);
  expect(rows).toEqual([{ url: "u", part: "07" }]);
});

test("a footer that DuckDB cannot read is an error that names its file", () =>
  withFolder(async (folder) => {
    const good = await writeParquet(join(folder, "good.parquet"), "SELECT 1 AS a");
    const bytes = await readFile(good);
    bytes.fill(255, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), bytes.length - 30);
    await writeFile(join(folder, "bad.parquet"), bytes);
    const database = await openTestDatabase();
    try {
      const thrown: unknown = await createMetadataView(database, await findMetadataFiles([folder])).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(InputError);
      expect((thrown as InputError).message).toContain("bad.parquet");
      expect((thrown as InputError).message).not.toContain("good.parquet");
    } finally {
      database.close();
    }
  }));

test("--table makes a view of further files with their columns unchanged", () =>
  withFolder(async (folder) => {
    await writeParquet(join(folder, "tags.parquet"), "SELECT 7 AS hash, 'x' AS TEXT");
    const database = await openTestDatabase();
    try {
      const table = await createTableView(database, "tags", join(folder, "*.parquet"));
      expect(table.columns.map(({ name }) => name)).toEqual(["hash", "TEXT"]);
      expect(table.files).toHaveLength(1);
      await expect(createTableView(database, "metadata", folder)).rejects.toBeInstanceOf(UsageError);
      await expect(createTableView(database, "a b", folder)).rejects.toBeInstanceOf(UsageError);
      for (const name of ["prep_shuffled", "PREP_rows_0", "prep_", "Selection"])
        await expect(createTableView(database, name, folder)).rejects.toThrow(/--table .* prep's own$/);
    } finally {
      database.close();
    }
  }));

test("a column with different types in different files is read, with a notice", async () => {
  const { metadata, rows } = await view(
    [
      { path: "a.parquet", select: "SELECT 'u' AS url, 't' AS caption, 1::INTEGER AS score" },
      { path: "b.parquet", select: "SELECT 'u' AS url, 't' AS caption, 0.5::DOUBLE AS score" },
    ],
    "auto",
    "SELECT score FROM metadata ORDER BY 1",
  );
  expect(rows).toEqual([{ score: 0.5 }, { score: 1 }]);
  expect(metadata.notices).toContain(
    "the column score has different types: INTEGER in 1 file (a.parquet) and DOUBLE in 1 file (b.parquet)",
  );
});

test("captions of jsonl are text without quotes under both names, although some are numbers or objects", async () => {
  await withFolder(async (folder) => {
    const values = ["words", 2012, null, true, { a: 1 }, 'a "quoted" one'];
    const lines = values.map((TEXT, n) => JSON.stringify({ URL: `http://a.test/${n}`, TEXT, other: n % 2 === 0 ? n : "x" }));
    await writeFile(join(folder, "a.jsonl"), lines.join("\n"));
    const database = await openTestDatabase();
    try {
      await createMetadataView(database, await findMetadataFiles([folder]), {});
      const rows = await database.rows("SELECT caption, TEXT, typeof(caption) AS type, typeof(other) AS other FROM metadata ORDER BY url");
      const texts = ["words", "2012", null, "true", '{"a":1}', 'a "quoted" one'];
      expect(rows).toEqual(texts.map((text) => ({ caption: text, TEXT: text, type: "VARCHAR", other: "JSON" })));
    } finally {
      database.close();
    }
  });
});

test("a column prep_path of a file's own stays beside the columns of key=value folders", () =>
  withFolder(async (folder) => {
    await writeParquet(join(folder, "lang=en", "a.parquet"), "SELECT 'http://a.test/1' AS url, 'own' AS prep_path");
    await writeParquet(join(folder, "lang=de", "b.parquet"), "SELECT 'http://a.test/2' AS url, 1 AS prep_path_, 2 AS n");
    const database = await openTestDatabase();
    try {
      await createMetadataView(database, await findMetadataFiles([folder]));
      expect(await database.rows("SELECT url, prep_path, lang FROM metadata ORDER BY url")).toEqual([
        { url: "http://a.test/1", prep_path: "own", lang: "en" },
        { url: "http://a.test/2", prep_path: null, lang: "de" },
      ]);
      await createTableView(database, "tags", join(folder, "lang=*"));
      expect((await database.columns("FROM tags")).map(({ name }) => name)).toEqual(["url", "prep_path_", "n", "prep_path", "lang"]);
    } finally {
      database.close();
    }
  }));

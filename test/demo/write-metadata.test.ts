// The demo's metadata against the figures that LAION published, and against themselves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type WriteMetadataOptions, writeMetadata } from "../../src/demo/write-metadata.ts";
import { Database } from "../../src/sql/database.ts";

const ROWS = 200_000;
let directory: string;
let database: Database;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "prep-demo-"));
  database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  await write("joined", {});
  await database.run(`CREATE VIEW metadata AS FROM read_parquet('${directory}/joined/*.parquet')`);
});

afterAll(async () => {
  database.close();
  await rm(directory, { recursive: true });
});

function write(name: string, options: Partial<WriteMetadataOptions>, threads?: number): Promise<string[]> {
  const all = { rows: ROWS, files: 3, seed: "1", layout: "joined", ...options, directory: join(directory, name) } as const;
  if (threads === undefined) return writeMetadata(database, all);
  return Database.open({ threads, memoryLimitBytes: 1e9 }).then((other) => writeMetadata(other, all).finally(() => other.close()));
}

async function figure(expression: string, from = "metadata"): Promise<number> {
  const [row] = await database.rows(`SELECT (${expression})::DOUBLE AS figure FROM ${from}`);
  return Number(row?.["figure"]);
}

const both = (size: number) => `avg((WIDTH >= ${size} AND HEIGHT >= ${size})::INT)`;
const hosts = `(SELECT count(*) AS n, row_number() OVER (ORDER BY count(*) DESC) AS place FROM metadata GROUP BY regexp_extract(URL, '//([^/:?]*)', 1))`;

describe("the shares of the metadata are those of laion2B-en", () => {
  test.each([
    ["both sides of at least 256 pixels", both(256), 0.57, 0.02],
    ["both sides of at least 512 pixels", both(512), 0.21, 0.01],
    ["both sides of at least 1024 pixels", both(1024), 0.034, 0.005],
    ["median width", "median(WIDTH)", 340, 15],
    ["median height", "median(HEIGHT)", 320, 15],
    ["unknown sizes", "avg((coalesce(WIDTH, 0) = 0)::INT)", 0.001, 0.0004],
    ["punsafe above one half", "avg((punsafe > 0.5)::INT)", 0.029, 0.003],
    ["punsafe null", "avg((punsafe IS NULL)::INT)", 0.008, 0.002],
    ["pwatermark above 0.8", "avg((pwatermark > 0.8)::INT)", 0.061, 0.004],
    ["median similarity", "median(similarity)", 0.322, 0.003],
    ["least similarity", "min(similarity)", 0.28, 0.001],
    ["mean caption length", "avg(length(TEXT))", 67, 5],
    ["median caption length", "median(length(TEXT))", 54, 5],
    ["95th percentile of the caption length", "quantile_cont(length(TEXT), 0.95)", 152, 15],
    ["null captions", "avg((TEXT IS NULL)::INT)", 0.001, 0.0004],
    ["captions of 5,000 characters and more", "count(*) FILTER (length(TEXT) BETWEEN 5000 AND 60000)", 2, 0],
    ["mean URL length", "avg(length(URL))", 90, 6],
    ["URLs that are null, empty, relative or not http", "avg((coalesce(URL, '') NOT LIKE 'http%://_%')::INT)", 0.0004, 0.0002],
    ["distinct URLs", "count(DISTINCT URL) / count(*)", 0.96, 0.01],
    ["distinct hashes", "count(DISTINCT hash) / count(*)", 1, 0],
  ])("%s", async (_name, expression, expected, tolerance) => {
    expect(Math.abs((await figure(expression)) - expected)).toBeLessThanOrEqual(tolerance);
  });

  test("the first host has 6 % of the rows and the first hundred 40 %", async () => {
    expect(await figure("max(n) / sum(n)", hosts)).toBeCloseTo(0.06, 2);
    expect(await figure("sum(n) FILTER (place <= 100) / sum(n)", hosts)).toBeCloseTo(0.4, 1);
  });
});

test("every host has a reserved name", async () => {
  expect(
    await figure(`count(*) FILTER (URL LIKE 'http%://_%' AND NOT regexp_matches(URL, '^https?://[a-z0-9.]+\\.(example|test)/'))`),
  ).toBe(0);
});

test("captions and URLs have the oddities of real ones", async () => {
  const captions = ["chr(9)", "chr(10)", "'&quot;'", "'🚲'", "'\"'", "'|'", "'東京'", "'صورة'"];
  for (const oddity of captions) expect(await figure(`count(*) FILTER (contains(TEXT, ${oddity}))`), oddity).toBeGreaterThan(5);
  for (const oddity of [",", " ", "%2C", "ß", "&amp;", "|", "$"]) {
    expect(await figure(`count(*) FILTER (contains(URL, '${oddity}'))`), oddity).toBeGreaterThan(5);
  }
});

test("the path of a URL names the size of the row, and with a port every URL goes to it", async () => {
  await write("port", { port: 4321, rows: 20_000 });
  const rows = `read_parquet('${directory}/port/*.parquet')`;
  const size = "contains(URL, concat('/', WIDTH, 'x', HEIGHT, '/'))";
  expect(await figure(`count(*) FILTER (WIDTH > 0 AND URL LIKE 'http%://_%' AND NOT (${size} AND contains(URL, ':4321/')))`, rows)).toBe(0);
});

test("the rows and their order depend on the seed alone, not on threads or files", async () => {
  const rowsOf = async (name: string) => {
    const rows = `(SELECT t, row_number() OVER () AS place FROM read_parquet('${directory}/${name}/*.parquet') t)`;
    const [row] = await database.rows(`SELECT bit_xor(hash(hash(t), place)) AS x, count(*) AS n FROM ${rows}`);
    return row;
  };
  await write("one-thread", { files: 3 }, 1);
  await write("four-threads", { files: 8 }, 4);
  await write("other-seed", { seed: "2" });
  expect(await rowsOf("one-thread")).toEqual(await rowsOf("joined"));
  expect(await rowsOf("four-threads")).toEqual(await rowsOf("joined"));
  expect(await rowsOf("other-seed")).not.toEqual(await rowsOf("joined"));
});

test("more rows do not change the ones before them", async () => {
  await write("fewer", { rows: 1000, files: 1 });
  expect(await figure(`count(*)`, `(FROM read_parquet('${directory}/fewer/*.parquet') EXCEPT ALL FROM metadata)`)).toBe(0);
});

test("the layouts have the columns of their data sets, and the original one swaps the sizes", async () => {
  await write("wide", { layout: "wide", rows: 1000 });
  await write("original", { layout: "original", rows: 1000 });
  const names = async (name: string) => (await database.columns(`FROM read_parquet('${directory}/${name}/*.parquet')`)).map((column) => `${column.name} ${column.type}`); // biome-ignore format: one line
  const sizes = ["HEIGHT INTEGER", "WIDTH INTEGER", "LICENSE VARCHAR", "NSFW VARCHAR", "similarity DOUBLE"];
  const scores = ["hash BIGINT", "pwatermark FLOAT", "punsafe FLOAT"];
  const texts = ["URL VARCHAR", "TEXT VARCHAR"];
  expect(await names("joined")).toEqual([...texts, "WIDTH INTEGER", "HEIGHT INTEGER", "similarity DOUBLE", ...scores]);
  expect(await names("original")).toEqual(["SAMPLE_ID BIGINT", ...texts, ...sizes]);
  expect(await names("wide")).toEqual(["SAMPLE_ID BIGINT", ...texts, ...sizes, ...scores, "AESTHETIC_SCORE FLOAT"]);
  const swapped = `read_parquet('${directory}/original/*.parquet')`;
  expect(await figure("count(*) FILTER (contains(URL, concat('/', HEIGHT, 'x', WIDTH, '/'))) / count(*)", swapped)).toBeGreaterThan(0.99);
});

// The same rows and seed give the same partitions, whatever the machine, the files and the run.
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { query } from "../support/output.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { partitionDigests, partitionsOf, recordOf, type SelectOptions, selectInto, valuesOf } from "../support/selection/selected.ts";

const ROWS = 30_000;
const ALL = `SELECT 'http://host.test/' || i || '.jpg' AS url, 'caption ' || md5(i::VARCHAR) AS caption, i, i / 7 AS score, i % 3 = 0 AS flag
  FROM range(${ROWS}) r(i)`;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let outputs = 0;
let plain: { digests: string[] };
const at = (...names: string[]) => join(folder.path, ...names);

/** Makes a new output with the rows of these files. */
async function select(metadata: readonly string[], options: SelectOptions = {}): Promise<string> {
  const output = at(`out-${outputs++}`);
  await selectInto(output, "SELECT * FROM metadata", metadata, { partitions: 5, ...options });
  return output;
}

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(at("in", "a.parquet"), `FROM (${ALL}) WHERE i < 10000`);
  await writeParquet(at("in", "b.parquet"), `FROM (${ALL}) WHERE i >= 10000`);
  const output = await select([at("in")]);
  plain = { digests: await partitionDigests(output) };
});

afterAll(() => folder.remove());

const ROUTES: readonly (readonly [string, () => SelectOptions])[] = [
  ["in a second run", () => ({})],
  ["with one thread", () => ({ threads: 1 })],
  ["with four threads", () => ({ threads: 4 })],
  ["with little memory", () => ({ memoryLimitBytes: 100e6 })],
  ["with another temporary directory", () => ({ tempDirectory: at("elsewhere") })],
  ["without the checksum", () => ({ isVerified: false })],
  ["in seven passes", () => ({ passes: 7 })],
];

describe("the partitions of the same rows and seed have the same bytes", () => {
  it.each(ROUTES)("%s", async (_, options) => {
    expect(await partitionDigests(await select([at("in")], options()))).toEqual(plain.digests);
  });

  // By default a partition of so few rows is one row group, which is made in another way. DuckDB rounds 3,000 up to 4,096.
  it.each([2048, 3000])("with row groups of %i rows, in every way of making them", async (rowGroupRows) => {
    const found = [];
    for (const [way, options] of [["", () => ({})] as const, ...ROUTES]) {
      found.push([way, ...(await partitionDigests(await select([at("in")], { rowGroupRows, ...options() })))]);
    }
    const [[, ...digests] = []] = found;
    expect(digests).not.toEqual(plain.digests);
    expect(found).toEqual([["", ...digests], ...ROUTES.map(([way]) => [way, ...digests])]);
  });

  it("from the command line with --threads, --memory-limit and --temp-directory", async () => {
    await mkdir(at("spill"));
    for (const more of [
      ["--threads", "1"],
      ["--threads", "4", "--memory-limit", "300MB"],
      ["--temp-directory", at("spill")],
    ]) {
      const output = at(`out-${outputs++}`);
      const args = ["filter", "SELECT * FROM metadata", "--metadata", at("in"), "--output", output, "--partitions", "5", "--quiet"];
      expect(await runPrep([...args, ...more])).toMatchObject({ code: 0, stderr: "" });
      expect(await partitionDigests(output)).toEqual(plain.digests);
    }
    expect(readdirSync(at("spill"))).toEqual([]);
  });

  it("in every time zone of the machine", async () => {
    const sql = "SELECT *, (TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR)::TIMESTAMPTZ::VARCHAR AS t FROM metadata";
    const found = [];
    for (const zone of ["UTC", "Asia/Tokyo", "America/New_York"]) {
      const output = at(`out-${outputs++}`);
      const args = ["filter", sql, "--metadata", at("in"), "--output", output, "--partitions", "5", "--quiet"];
      expect(await runPrep(args, { env: { TZ: zone } })).toMatchObject({ code: 0, stderr: "" });
      found.push(await partitionDigests(output));
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
  });

  it("if the files are named in another order", async () => {
    expect(await partitionDigests(await select([at("in", "b.parquet"), at("in", "a.parquet")]))).toEqual(plain.digests);
  });
});

/** The same rows in other files: other names, other splits, another order, another format. */
const OTHER_FILES: readonly (readonly [string, () => Promise<string[]>])[] = [
  ["under other names", async () => [await writeParquet(at("other", "x.parquet"), ALL)]],
  [
    "split otherwise and backwards",
    () =>
      Promise.all(
        [0, 1, 2, 3, 4].map((part) =>
          writeParquet(at("split", `${9 - part}.parquet`), `FROM (${ALL}) WHERE i % 5 = ${part} ORDER BY i DESC`),
        ),
      ),
  ],
  ["as csv with the same types", async () => [await writeCsv(at("rows.csv"), ALL)]],
];

describe("the same rows in other files", () => {
  it.each(OTHER_FILES)("give the same bytes, footers included: %s", async (_, write) => {
    expect(await partitionDigests(await select(await write()))).toEqual(plain.digests);
  });
});

describe("another seed", () => {
  it("gives another order of the same rows", async () => {
    const output = await select([at("in")], { seed: "1" });
    const order = (await valuesOf(output, "i")).map(Number);
    expect(new Set(order).size).toBe(ROWS);
    expect(await partitionDigests(output)).not.toContain(plain.digests[0]);
  });

  it("may have any text", async () => {
    const output = at(`out-${outputs++}`);
    const args = ["filter", "SELECT * FROM metadata", "--metadata", at("in"), "--output", output, "--seed", "it's 🚲"];
    expect(await runPrep([...args, "--quiet"])).toMatchObject({ code: 0 });
    expect((await recordOf(output)).identity["seed"]).toBe("it's 🚲");
  });
});

describe("parts of a selection", () => {
  it("--limit keeps the first rows of the whole shuffled order", async () => {
    const whole = (await valuesOf(await select([at("in")]), "i")).map(Number);
    for (const limit of [1, 9777, ROWS + 1]) {
      const output = await select([at("in")], { limit, partitions: 1 });
      expect((await valuesOf(output, "i")).map(Number)).toEqual(whole.slice(0, limit));
    }
  });

  it("--sample keeps about its share, the same rows for the same seed, and a smaller share is a part of a larger one", async () => {
    const sampled = async (sampleShare: number, options: SelectOptions = {}) =>
      new Set((await valuesOf(await select([at("in")], { sampleShare, ...options }), "i")).map(Number));
    const tenth = await sampled(0.1);
    // Five standard deviations of a binomial distribution.
    expect(Math.abs(tenth.size - 0.1 * ROWS)).toBeLessThan(5 * Math.sqrt(ROWS * 0.09));
    expect(await sampled(0.1, { threads: 1, isShuffled: false })).toEqual(tenth);
    const fifth = await sampled(0.2);
    expect([...tenth].filter((row) => !fifth.has(row))).toEqual([]);
    const other = await sampled(0.1, { seed: "1" });
    const shared = [...other].filter((row) => tenth.has(row)).length;
    // Independent samples share a tenth.
    expect(Math.abs(shared - 0.01 * ROWS)).toBeLessThan(5 * Math.sqrt(ROWS * 0.01));
    expect((await sampled(1)).size).toBe(ROWS);
  });

  it("--no-shuffle keeps the order of files and rows", async () => {
    for (const threads of [1, 4]) {
      const output = await select([at("in", "b.parquet"), at("in", "a.parquet")], { isShuffled: false, threads });
      expect((await valuesOf(output, "i")).map(Number)).toEqual(Array.from({ length: ROWS }, (_, row) => row));
    }
  });

  it("--no-shuffle keeps the order of a UNION ALL, also with one thread", async () => {
    const sql = "SELECT * FROM metadata WHERE i < 10000 UNION ALL SELECT * FROM metadata WHERE i >= 10000";
    for (const threads of [1, 4]) {
      const output = at(`out-${outputs++}`);
      await selectInto(output, sql, [at("in")], { isShuffled: false, threads, partitions: 1, rowGroupRows: 4096 });
      expect((await valuesOf(output, "i")).map(Number)).toEqual(Array.from({ length: ROWS }, (_, row) => row));
    }
  });

  it("--no-shuffle keeps the order that the query asks for", async () => {
    const output = at(`out-${outputs++}`);
    await selectInto(output, "SELECT * FROM metadata ORDER BY i DESC", [at("in")], { isShuffled: false, threads: 4 });
    expect((await valuesOf(output, "i")).map(Number)).toEqual(Array.from({ length: ROWS }, (_, row) => ROWS - 1 - row));
  });

  it("all rows that are equal in every column are neighbours", async () => {
    const path = await writeParquet(
      at("equal.parquet"),
      "SELECT 'http://host.test/' || i % 1000 AS url, 'c' AS caption FROM range(3000) r(i)",
    );
    const urls = await valuesOf(await select([path], { partitions: 1 }), "url");
    expect(urls.filter((url, place) => url !== urls[place - 1])).toHaveLength(1000);
    const sizes = (await recordOf(await select([path], { partitions: 7 }))).partitions.map(({ rows }) => rows);
    expect(sizes).toEqual([428, 429, 428, 429, 428, 429, 429]);
  });

  it("partition sizes differ by at most one row for any number of partitions", async () => {
    const output = await select([at("in")], { partitions: 64 });
    const [row] = await query(`SELECT count(*) AS n, count(DISTINCT i) AS d FROM ${await partitionsOf(output)}`);
    expect(row).toEqual({ n: BigInt(ROWS), d: BigInt(ROWS) });
    const sizes = (await recordOf(output)).partitions.map(({ rows }) => rows);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBe(1);
  });
});

async function writeCsv(path: string, select: string): Promise<string> {
  const database = await openTestDatabase();
  try {
    await database.run(`COPY (${select}) TO '${path}' (FORMAT csv)`);
  } finally {
    database.close();
  }
  return path;
}

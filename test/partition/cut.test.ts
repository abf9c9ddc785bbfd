// Partitions cut out of one shuffled file.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFooter } from "../../src/parquet/parquet-footer.ts";
import { type CutOptions, cutFile, type Partition } from "../../src/partition/cut.ts";
import { type ParquetStyle, parquetOptions } from "../../src/partition/shuffle.ts";
import { equalSlice } from "../../src/partition/slices.ts";
import { Database } from "../../src/sql/database.ts";
import { quoteText } from "../../src/sql/text.ts";
import { withFolder } from "../support/parquet.ts";
import { everyType } from "../support/partition/every-type.ts";

interface Cut {
  readonly database: Database;
  readonly folder: string;
  readonly source: string;
  readonly partitions: readonly Partition[];
  /** `read_parquet` of all partitions in order. */
  readonly all: string;
}

interface Job extends CutOptions {
  readonly select: string;
  readonly rows: number;
  readonly parts: number;
  readonly groupRows?: number;
  readonly compression?: "snappy" | "zstd";
  readonly threads?: number;
  /** Options of the source file, instead of those of a shuffle. */
  readonly sourceOptions?: string;
}

const MARK = '{"format":1,"selection":"it\'s"}';

async function withCut(job: Job, use: (cut: Cut) => Promise<void> = async () => undefined): Promise<void> {
  await withFolder(async (folder) => {
    const database = await Database.open({ threads: job.threads ?? 2, memoryLimitBytes: 10 ** 9 });
    try {
      const style: ParquetStyle = { compression: job.compression ?? "snappy", rowGroupRows: job.groupRows ?? 2048 };
      const source = join(folder, "it's sorted.parquet");
      await database.run(`COPY (${job.select}) TO ${quoteText(source)} ${job.sourceOptions ?? parquetOptions(style)}`);
      const partitions: Partition[] = [];
      const pathOf = (name: string) => join(folder, name);
      for await (const partition of cutFile(database, source, job.rows, job.parts, pathOf, style, MARK, job)) partitions.push(partition);
      const names = partitions.map(({ name }) => name);
      expect((await readdir(folder)).sort()).toEqual(["it's sorted.parquet", ...names]);
      expect(partitions.map(({ rows }) => rows)).toEqual(
        Array.from({ length: job.parts }, (_, index) => equalSlice(job.rows, job.parts, index)).map(({ start, end }) => end - start),
      );
      for (const { name, bytes, sha256 } of partitions) {
        const content = await readFile(pathOf(name));
        expect([bytes, sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
      }
      const all = `read_parquet([${names.map((name) => quoteText(pathOf(name))).join(", ")}])`;
      await use({ database, folder, source, partitions, all });
    } finally {
      database.close();
    }
  });
}

const first = async ({ database }: Cut, sql: string): Promise<unknown> => Object.values((await database.rows(sql))[0] ?? {})[0];

/** Expects the rows of all partitions, in order, to be the rows of the source. */
async function expectSameRows(cut: Cut): Promise<void> {
  const rows = async (relation: string) =>
    JSON.stringify((await cut.database.rows(`SELECT r::VARCHAR AS r FROM ${relation} r`)).map(({ r }) => r));
  expect((await rows(cut.all)) === (await rows(`read_parquet(${quoteText(cut.source)})`))).toBe(true);
}

const digests = (partitions: readonly Partition[]) => partitions.map(({ sha256 }) => sha256);

describe("cutting a file", () => {
  it.each([
    [0, 1],
    [0, 3],
    [1, 1],
    [1, 4],
    [5, 128],
    [2048, 1],
    [2049, 2],
    [4096, 2],
    [10_000, 3],
    [10_000, 7],
    [20_480, 10],
    [20_479, 10],
    [6000, 50],
  ])("cuts %i rows into %i parts", (rows, parts) =>
    withCut({ select: `SELECT i, 'row ' || i AS s, [i, -i] AS l FROM range(${rows}) r(i)`, rows, parts }, expectSameRows),
  );

  it("cuts any number of rows into any number of parts at any size of a row group", async () => {
    let state = 20_261_122;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let round = 0; round < 12; round++) {
      const [rows, parts, groupRows] = [random(40_000), 1 + random(20), 2048 * (1 + random(5))];
      await withCut({ select: `SELECT i, hash(i) AS h FROM range(${rows}) r(i)`, rows, parts, groupRows }, expectSameRows);
    }
  });

  it.each([
    { compression: "snappy", parts: 3 },
    { compression: "zstd", parts: 3 },
    { compression: "snappy", parts: 13 },
  ] as const)("keeps every type in $compression, in $parts parts", ({ compression, parts }) =>
    withCut({ select: everyType(26_000), rows: 26_000, parts, compression }, async (cut) => {
      await expectSameRows(cut);
      const schema = (relation: string) => cut.database.columns(`FROM ${relation}`);
      expect(await schema(cut.all)).toEqual(await schema(`read_parquet(${quoteText(cut.source)})`));
      const compressions = `SELECT list(DISTINCT compression) FROM parquet_metadata('${cut.folder}/part-*.parquet')`;
      expect(await first(cut, compressions)).toEqual([compression.toUpperCase()]);
      const { groups } = await readFooter(cut.source);
      const [source, part] = [await readFile(cut.source), await readFile(join(cut.folder, "part-00000.parquet"))];
      // Partitions of a few row groups are encoded again as a whole.
      if (parts === 3) expect(source.subarray(0, groups.end[0]).equals(part.subarray(0, groups.end[0]))).toBe(true);
    }),
  );

  it("copies whole row groups as they are", () =>
    withCut({ select: "SELECT i, hash(i) AS h FROM range(20480) r(i)", rows: 20_480, parts: 2 }, async (cut) => {
      const source = await readFile(cut.source);
      const parts = await Promise.all(cut.partitions.map(({ name }) => readFile(join(cut.folder, name))));
      const bodies = parts.map((bytes) => bytes.subarray(4, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)));
      expect(Buffer.concat(bodies).equals(source.subarray(4, 4 + Buffer.concat(bodies).length))).toBe(true);
    }));

  it.each([2048, 6144, 8192])("lays row groups out on the order's tiles if those of the source have %i rows", (size) => {
    const [rows, parts, groupRows] = [26_000, 3, 4096];
    const sourceOptions = `(FORMAT parquet, ROW_GROUP_SIZE ${size}, WRITE_BLOOM_FILTER false)`;
    return withCut({ select: `SELECT i FROM range(${rows}) r(i)`, rows, parts, groupRows, threads: 1, sourceOptions }, async (cut) => {
      for (const [index, { name }] of cut.partitions.entries()) {
        const { start, end } = equalSlice(rows, parts, index);
        const tiles = Array.from({ length: Math.ceil(rows / groupRows) }, (_, tile) => tile * groupRows);
        const bounds = [start, ...tiles.filter((tile) => tile > start && tile < end), end].map((row) => row - start);
        const { firstRow } = (await readFooter(join(cut.folder, name))).groups;
        expect([...firstRow]).toEqual(bounds);
      }
      await expectSameRows(cut);
    });
  });

  it("keeps statistics that filters can use, and points to no bloom filter that was not copied", () => {
    const select = "SELECT i AS x, 'k' || (i // 50) AS k, (i // 100)::INT AS few FROM range(30000) r(i)";
    const job = { select, rows: 30_000, parts: 4, sourceOptions: "(FORMAT parquet, ROW_GROUP_SIZE 2048)" };
    return withCut(job, async (cut) => {
      const source = `read_parquet(${quoteText(cut.source)})`;
      const filters = `SELECT count(bloom_filter_offset) FROM parquet_metadata(`;
      expect(await first(cut, `${filters}${quoteText(cut.source)})`)).not.toBe(0n);
      for (const condition of ["x > 12345", "x BETWEEN 7499 AND 7501", "k = 'k150'", "few = 77", "k > 'k5'", "x < 0"]) {
        const count = (relation: string) => `SELECT count(*) FROM ${relation} WHERE ${condition}`;
        expect(await first(cut, count(cut.all))).toEqual(await first(cut, count(source)));
      }
      const stats = `SELECT count(*) FROM parquet_metadata('${cut.folder}/part-*.parquet') WHERE stats_min_value IS NULL`;
      expect(Number(await first(cut, stats))).toBe(0);
    });
  });

  it("puts the mark into every footer beside the pairs of others", () => {
    const select = "SELECT i FROM range(26000) r(i)";
    const sourceOptions = "(FORMAT parquet, ROW_GROUP_SIZE 2048, KV_METADATA {author: 'somebody', prep: 'of another run'})";
    return withCut({ select, rows: 26_000, parts: 3, sourceOptions }, async (cut) => {
      for (const { name } of cut.partitions) {
        expect(
          await cut.database.rows(
            `SELECT decode(key) AS k, decode(value) AS v FROM parquet_kv_metadata(${quoteText(join(cut.folder, name))}) ORDER BY k`,
          ),
        ).toEqual([
          { k: "author", v: "somebody" },
          { k: "prep", v: MARK },
        ]);
      }
    });
  });

  it.each([7_000, 45_000])(
    "writes the same bytes of %i rows in every run, with any number of threads and of partitions side by side",
    async (rows) => {
      const job = { select: everyType(rows), rows, parts: 5 };
      const runs: string[][] = [];
      for (const how of [{ threads: 1, concurrency: 1 }, { threads: 2 }, { threads: 4, concurrency: 4 }, { threads: 4 }]) {
        await withCut({ ...job, ...how }, async ({ partitions }) => {
          runs.push(digests(partitions));
        });
      }
      expect(new Set(runs.map((run) => run.join())).size).toBe(1);
    },
  );

  it("cuts columns that are called like DuckDB's own", () => {
    const select = `SELECT (9999 - i) AS file_row_number, i AS "order", i AS filename, i AS __k, i AS file_index FROM range(10000) r(i)`;
    return withCut({ select, rows: 10_000, parts: 3 }, expectSameRows);
  });

  it.each(["", ", i AS file_row_number"])("encodes every partition again if DuckDB would write another schema%s", (more) => {
    const select = `SELECT i, ('2020-01-01'::TIMESTAMP + INTERVAL (i) SECOND)::TIMESTAMP_MS AS t${more} FROM range(5000) r(i)`;
    return withCut({ select, rows: 5000, parts: 3 }, async (cut) => {
      await expectSameRows(cut);
      const marks = `SELECT count(*) FROM parquet_kv_metadata('${cut.folder}/part-*.parquet') WHERE key = 'prep'::BLOB`;
      expect(await first(cut, marks)).toBe(3n);
    });
  });

  it("refuses a file with another number of rows than expected", async () => {
    await expect(withCut({ select: "SELECT 1 AS x", rows: 2, parts: 1 })).rejects.toThrow("has 1 rows instead of 2");
  });

  it("stops when the signal aborts, and leaves only partitions beside the source", () =>
    withFolder(async (folder) => {
      const database = await Database.open({ threads: 2, memoryLimitBytes: 10 ** 9 });
      try {
        const style: ParquetStyle = { compression: "snappy", rowGroupRows: 2048 };
        const source = join(folder, "sorted.parquet");
        await database.run(`COPY (SELECT i FROM range(50000) r(i)) TO '${source}' ${parquetOptions(style)}`);
        const stop = new AbortController();
        const cutting = async () => {
          const options = { signal: stop.signal };
          for await (const _ of cutFile(database, source, 50_000, 9, (name) => join(folder, name), style, MARK, options)) stop.abort();
        };
        await expect(cutting()).rejects.toThrow("aborted");
        expect((await readdir(folder)).filter((name) => !/^(part-\d+|sorted)\.parquet$/.test(name))).toEqual([]);
      } finally {
        database.close();
      }
    }));
});

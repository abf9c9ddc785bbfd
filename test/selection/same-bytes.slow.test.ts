// The bytes of partitions do not depend on threads, memory or number of passes.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { query } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { rowsReadByJava } from "../support/parquet-java.ts";
import { everyType } from "../support/partition/every-type.ts";
import { partitionDigests, partitionsOf, type SelectOptions, selectInto } from "../support/selection/selected.ts";

/** The long form, run by hand: the number of further random cases. Each takes 10 to 40 s. */
const DRAWN = Number(process.env["PREP_SAME_BYTES"] ?? 0);

interface Case {
  readonly rows: number;
  readonly parts: number;
  /** Undefined for the default, which follows from the size of the partitions. */
  readonly rowGroupRows?: number | undefined;
  readonly kind: keyof typeof KINDS;
  readonly compression?: "snappy" | "zstd";
  readonly isShuffled?: boolean;
  readonly sql?: string;
  /** Number of rows that the query keeps. */
  readonly kept?: number;
  readonly limit?: number;
}

const KINDS = {
  narrow: (rows: number) => `SELECT 'http://host.test/' || i AS url, i, md5(i::VARCHAR) AS t FROM range(${rows}) r(i)`,
  "every type": (rows: number) => `SELECT 'http://host.test/' || i AS url, * FROM (${everyType(rows)})`,
  // 3 KB a row, which do not compress.
  long: (rows: number) =>
    `SELECT 'http://host.test/' || i AS url, i, array_to_string(list_transform(range(96), x -> md5((96 * i + x)::VARCHAR)), '') AS t
     FROM range(${rows}) r(i)`,
  nulls: (rows: number) =>
    `SELECT 'http://host.test/' || i AS url, if(i % 7 = 0, i, NULL) AS i, NULL::VARCHAR AS t, if(i % 2 = 0, [i, NULL], NULL) AS l,
       if(i % 3 = 0, NULL, {'a': if(i % 5 = 0, NULL, md5(i::VARCHAR))}) AS s FROM range(${rows}) r(i)`,
};

/** Rows of DuckDB's vectors and of its tables' row groups. The cases lie around these sizes. */
const VECTOR = 2048;
const TABLE_GROUP = 122_880;

const CASES: readonly Case[] = [
  // A slice has 7,005 rows before the end of a table's row group and 720 after it.
  { rows: 131_325, parts: 17, kind: "narrow" },
  // The last piece of the order is less than a vector longer than a row group.
  { rows: TABLE_GROUP + 3000, parts: 2, kind: "narrow", rowGroupRows: VECTOR },
  { rows: 2 * VECTOR + 1, parts: 1, kind: "every type", compression: "zstd" },
  { rows: 20_000, parts: 3, kind: "every type", rowGroupRows: 3000 },
  { rows: 9000, parts: 2, kind: "long", rowGroupRows: VECTOR },
  { rows: 5 * VECTOR, parts: 5, kind: "long" },
  { rows: 30_000, parts: 3, kind: "nulls", rowGroupRows: 2 * VECTOR, compression: "zstd" },
  {
    rows: 40_000,
    parts: 3,
    kind: "narrow",
    rowGroupRows: 2 * VECTOR,
    isShuffled: false,
    sql: "SELECT * FROM metadata WHERE i % 7 <> 3",
    kept: 34_286,
  },
  {
    rows: 30_000,
    parts: 2,
    kind: "narrow",
    rowGroupRows: VECTOR,
    isShuffled: false,
    sql: "SELECT DISTINCT ON (i) * FROM metadata ORDER BY i",
  },
  { rows: 50_000, parts: 2, kind: "narrow", rowGroupRows: VECTOR, limit: 12_345 },
];

const near = (size: number) =>
  fc
    .integer({ min: -2, max: 2 })
    .chain((step) => fc.constantFrom(step, 720 * step, VECTOR * step))
    .map((by) => Math.max(1, size + by));
const DRAWS: fc.Arbitrary<Case> = fc
  .record({
    rows: fc.oneof(...[VECTOR, 8 * VECTOR, TABLE_GROUP, 2 * TABLE_GROUP, 3 * TABLE_GROUP].map(near), fc.integer({ min: 1, max: 400_000 })),
    parts: fc.constantFrom(1, 2, 3, 7, 17, 33, 128),
    rowGroupRows: fc.constantFrom(undefined, VECTOR, 3000, 4 * VECTOR, 8 * VECTOR, 65_536, TABLE_GROUP),
    kind: fc.constantFrom("narrow", "narrow", "nulls", "every type", "long") as fc.Arbitrary<keyof typeof KINDS>,
    compression: fc.constantFrom("snappy", "zstd"),
    isShuffled: fc.constantFrom(true, true, true, false),
  })
  // Wide rows only for small sizes.
  .map((drawn) => (drawn.kind === "narrow" || drawn.kind === "nulls" ? drawn : { ...drawn, rows: (drawn.rows % 20_000) + 1 }));

/** Too little memory for the shortcut through memory. Sorting wide rows needs more. */
const SCARCE = 150e6;
const SCARCE_FOR_WIDE = 400e6;

const MACHINES: readonly SelectOptions[] =
  DRAWN > 0
    ? [1, 2, 4, 8].flatMap((threads) =>
        [8e9, 1e9, SCARCE].flatMap((memoryLimitBytes) => [{}, { passes: 3 }].map((more) => ({ threads, memoryLimitBytes, ...more }))),
      )
    : [
        { threads: 1, memoryLimitBytes: 8e9 },
        { threads: 4, memoryLimitBytes: 8e9 },
        { threads: 2, memoryLimitBytes: SCARCE },
        { threads: 8, memoryLimitBytes: 1e9, passes: 3 },
      ];

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(() => folder.remove());

let number = 0;

/** Two files. The row groups of the first are not whole vectors, so DuckDB reads them in several pieces. */
async function writeMetadata(at: string, { kind, rows }: Case): Promise<string[]> {
  const cut = Math.floor(rows / 3);
  const all = KINDS[kind](rows);
  await writeParquet(join(at, "a.parquet"), `SELECT * FROM (${all}) LIMIT ${cut}`, {}, 5000);
  await writeParquet(join(at, "b.parquet"), `SELECT * FROM (${all}) OFFSET ${cut}`);
  return [join(at, "a.parquet"), join(at, "b.parquet")];
}

/** The multiset of rows, computed by DuckDB. */
async function rowsOf(relation: string): Promise<unknown> {
  return (await query(`SELECT count(*) AS n, sum(hash(t::VARCHAR)::HUGEINT)::VARCHAR AS h FROM ${relation} t`))[0];
}

async function check(given: Case): Promise<void> {
  const { rows, parts, rowGroupRows, limit, isShuffled = true, compression = "snappy", sql = "SELECT * FROM metadata" } = given;
  const at = join(folder.path, `case-${number++}`);
  const metadata = await writeMetadata(at, given);
  const kept = Math.min(given.kept ?? rows, limit ?? rows);
  const found: [SelectOptions, string[]][] = [];
  for (const machine of MACHINES) {
    if (!isShuffled && machine.passes !== undefined) continue;
    const output = join(at, `out-${found.length}`);
    const scarce = machine.memoryLimitBytes === SCARCE && given.kind === "long" ? { memoryLimitBytes: SCARCE_FOR_WIDE } : {};
    const options = { partitions: parts, rowGroupRows, compression, isShuffled, limit, isVerified: false, ...machine, ...scarce };
    await selectInto(output, sql, metadata, options);
    found.push([machine, await partitionDigests(output)]);
    if (found.length > 1) {
      await rm(output, { recursive: true });
      continue;
    }
    const partitions = await partitionsOf(output);
    const groups = await query(
      `SELECT file_name, count(*) AS groups, sum(n) AS n, max(n) AS longest FROM
         (SELECT DISTINCT file_name, row_group_id, row_group_num_rows AS n FROM parquet_metadata('${output}/partitions/*.parquet')) GROUP BY ALL`,
    );
    const longest = Math.ceil((rowGroupRows ?? 65_536) / VECTOR) * VECTOR;
    expect(
      groups.filter(({ longest: n, groups: count, n: all }) => Number(n) > longest || Number(count) > Number(all) / VECTOR + 2),
    ).toEqual([]);
    expect(groups.reduce((sum, { n }) => sum + Number(n), 0)).toBe(kept);
    for (const { file_name: path, n } of groups) expect([path, await rowsReadByJava(String(path))]).toEqual([path, Number(n)]);
    if (limit === undefined && given.kind === "narrow")
      expect(await rowsOf(partitions)).toEqual(await rowsOf(`(${sql.replace("metadata", `read_parquet('${at}/*.parquet')`)})`));
  }
  const [[, first] = [undefined, []]] = found;
  expect(found.map(([machine, digests]) => [machine, digests.flatMap((digest, part) => (digest === first[part] ? [] : [part]))])).toEqual(
    found.map(([machine]) => [machine, []]),
  );
  expect(first).toHaveLength(parts);
  await rm(at, { recursive: true });
}

describe("the bytes of partitions do not depend on threads, memory or passes", () => {
  it.each(CASES.map((given) => [JSON.stringify(given), given] as const))("%s", async (_, given) => {
    await check(given);
  });

  if (DRAWN > 0)
    it("in random cases", { timeout: 0 }, async () => {
      const checkAloud = async (drawn: Case) => {
        await check(drawn);
        console.log(JSON.stringify(drawn));
      };
      await fc.assert(fc.asyncProperty(DRAWS, checkAloud), { numRuns: DRAWN, endOnFailure: true });
    });
});

// The shuffle is uniform: places do not depend on sources or on another seed's places.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutFile } from "../../src/partition/cut.ts";
import { rowHash, shuffleKey } from "../../src/partition/row-hash.ts";
import { type ParquetStyle, shuffleToFile } from "../../src/partition/shuffle.ts";
import { quoteText } from "../../src/sql/text.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { query } from "../support/output.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { valuesOf } from "../support/selection/selected.ts";
import {
  bucketsOf,
  chiSquareOfCounts,
  criticalChiSquare,
  independence,
  keptNeighbours,
  rankCorrelation,
} from "../support/selection/statistics.ts";

const FILES = 8;
const ROWS_PER_FILE = 5000;
const ROWS = FILES * ROWS_PER_FILE;
const BUCKETS = 16;

let folder: Awaited<ReturnType<typeof makeFolder>>;
/** `orders[seed][place] = source row`, read from the partitions. */
const orders: Record<string, number[]> = {};

beforeAll(async () => {
  folder = await makeFolder();
  for (let file = 0; file < FILES; file++) {
    await writeParquet(
      join(folder.path, "in", `part-${file}.parquet`),
      `SELECT 'http://host.test/' || source AS url, 'caption' AS caption, source FROM range(${file * ROWS_PER_FILE}, ${(file + 1) * ROWS_PER_FILE}) r(source)`,
    );
  }
  for (const seed of ["1", "2"]) {
    const output = join(folder.path, seed);
    const args = ["filter", "SELECT * FROM metadata", "--metadata", join(folder.path, "in"), "--output", output];
    expect(await runPrepHere([...args, "--partitions", "16", "--seed", seed, "--quiet"])).toMatchObject({ code: 0 });
    orders[seed] = (await valuesOf(output, "source")).map(Number);
  }
});

afterAll(() => folder.remove());

const ofSeed = (seed: string): number[] => orders[seed] ?? [];
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A statistic of two seeds' orders: whether a place in one tells anything about the place in the other. */
const jointly = (left: readonly number[], right: readonly number[]) => independence(bucketsOf(left, BUCKETS), bucketsOf(right, BUCKETS));

describe("the order of one seed", () => {
  it.each(["1", "2"])("spreads the rows of every file evenly over the output (seed %s)", (seed) => {
    const files = range(ROWS).map((row) => Math.floor(row / ROWS_PER_FILE));
    const { chiSquare, degrees } = independence(files, bucketsOf(ofSeed(seed), BUCKETS));
    expect(degrees).toBe(105);
    // 165.4 at p = 0.0001.
    expect(chiSquare).toBeLessThan(criticalChiSquare(degrees));
  });

  it.each(["1", "2"])("spreads the rows of every part of a file evenly over the output (seed %s)", (seed) => {
    const places = range(ROWS).map((row) => Math.floor(((row % ROWS_PER_FILE) * 20) / ROWS_PER_FILE));
    const { chiSquare, degrees } = independence(places, bucketsOf(ofSeed(seed), BUCKETS));
    expect(degrees).toBe(285);
    expect(chiSquare).toBeLessThan(criticalChiSquare(degrees));
  });

  it.each(["1", "2"])("separates neighbours (seed %s)", (seed) => {
    // Poisson with mean 2: 12 or more come in one of a million orders.
    expect(keptNeighbours(ofSeed(seed))).toBeLessThan(12);
    expect(Math.abs(rankCorrelation(ofSeed(seed)))).toBeLessThan(3.9);
    const near = ofSeed(seed).filter((row, place, order) => place > 0 && Math.abs(row - (order[place - 1] ?? 0)) < ROWS / 10).length;
    // Two random places are nearer than a tenth of all with probability 0.19.
    expect(Math.abs(near - 0.19 * ROWS) / Math.sqrt(ROWS * 0.19 * 0.81)).toBeLessThan(3.9);
  });

  it("would fail these tests if it were the order of the files", () => {
    const files = range(ROWS).map((row) => Math.floor(row / ROWS_PER_FILE));
    const { chiSquare, degrees } = independence(files, bucketsOf(range(ROWS), BUCKETS));
    expect(chiSquare).toBeGreaterThan(100 * criticalChiSquare(degrees));
    expect(keptNeighbours(range(ROWS))).toBe(ROWS - 1);
  });
});

describe("the orders of two seeds", () => {
  it("are independent: rows that are near in one are not near in the other", () => {
    const { chiSquare, degrees, pairs } = jointly(ofSeed("1"), ofSeed("2"));
    expect(pairs).toBe(BUCKETS ** 2);
    expect(degrees).toBe(225);
    // 309.6 at p = 0.0001.
    expect(chiSquare).toBeLessThan(criticalChiSquare(degrees));
  });

  it("would fail that test with hash(row, seed), because it is no seeded hash", async () => {
    const source = `(SELECT 'http://host.test/' || source AS url, 'caption' AS caption, source FROM range(${ROWS}) r(source))`;
    const order = async (key: string) =>
      (await query(`SELECT source FROM ${source} AS r ORDER BY ${key}`)).map(({ source }) => Number(source));
    const COLUMNS = ["url", "caption", "source"];
    const trap = jointly(await order("hash(r, 1)"), await order("hash(r, 2)"));
    expect(trap.chiSquare).toBeGreaterThan(10 * criticalChiSquare(trap.degrees));
    const ours = jointly(await order(shuffleKey(COLUMNS, "1")), await order(shuffleKey(COLUMNS, "2")));
    expect(ours.chiSquare).toBeLessThan(criticalChiSquare(ours.degrees));
    // The query orders the rows as the partitions do, so the statistic tests the shipped order.
    expect(await order(shuffleKey(COLUMNS, "1"))).toEqual(ofSeed("1"));
  });
});

describe("five rows", () => {
  const SEEDS = 24_000;
  const FIVE = "(SELECT 'http://host.test/' || i AS url, chr(97 + i::INT) AS name FROM range(5) r(i))";

  /** The orders of seeds by the shipped key expression, with the seed's number from a column. */
  async function ordersOf(seeds: readonly string[]): Promise<string[]> {
    const number = /\d+(?=::UBIGINT)/;
    const numbers = seeds.map((seed) => number.exec(shuffleKey(["url", "name"], seed))?.[0] ?? "");
    const key = shuffleKey(["url", "name"], "0").replace(number, "seeds.number");
    expect(key).toBe(`hash(xor(${rowHash(["url", "name"])}, seeds.number::UBIGINT))`);
    const rows = await query(
      `SELECT string_agg(name, '' ORDER BY k) AS ordering FROM (
         SELECT seeds.place, r.name, ${key} AS k
         FROM (SELECT unnest([${numbers.join(", ")}]::UBIGINT[]) AS number, generate_subscripts([${numbers.join(", ")}]::UBIGINT[], 1) AS place) AS seeds, ${FIVE} AS r)
       GROUP BY place ORDER BY place`,
    );
    return rows.map(({ ordering }) => String(ordering));
  }

  it("come in each of their 120 orders equally often with many seeds", async () => {
    const counts = new Map<string, number>();
    for (const ordering of await ordersOf(range(SEEDS).map(String))) counts.set(ordering, (counts.get(ordering) ?? 0) + 1);
    expect(counts.size).toBe(120);
    // 182.7 at p = 0.0001 with 119 degrees of freedom. Each order is expected 200 times.
    expect(chiSquareOfCounts([...counts.values()])).toBeLessThan(criticalChiSquare(119));
  });

  it("are in the partitions in exactly these orders", async () => {
    const seeds = ["0", "1", "2", "3", "42", "", "any text will do", "ü 🚲"];
    const style: ParquetStyle = { compression: "snappy", rowGroupRows: 2048 };
    const found: string[] = [];
    const database = await openTestDatabase();
    try {
      const columns = await database.columns(`FROM ${FIVE}`);
      for (const [index, seed] of seeds.entries()) {
        const sorted = join(folder.path, `five-${index}.parquet`);
        await shuffleToFile(database, FIVE, columns, sorted, style, { seed });
        let names = "";
        for await (const { name } of cutFile(database, sorted, 5, 2, (name) => join(folder.path, `${index}-${name}`), style, "mark")) {
          const rows = await database.rows(`FROM ${quoteText(join(folder.path, `${index}-${name}`))}`);
          names += rows.map((row) => row["name"]).join("");
        }
        found.push(names);
      }
    } finally {
      database.close();
    }
    expect(found).toEqual(await ordersOf(seeds));
  });
});

// The checksum of a multiset of rows, and the count of rows that repeat.
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checksumRows, sameRows } from "../../src/partition/checksum.ts";
import { countDuplicates } from "../../src/partition/duplicates.ts";
import { shuffleToFile } from "../../src/partition/shuffle.ts";
import type { Database } from "../../src/sql/database.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

type Row = readonly [number | null, string | null];

let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
});

afterAll(() => database.close());

/** Few different values, so that rows repeat. */
const row: fc.Arbitrary<Row> = fc.tuple(fc.constantFrom(0, 1, 2, null), fc.constantFrom("", "a", "b", "ab", "0", "1", null));

const rowsText = (rows: readonly Row[]) =>
  rows.map(([a, b]) => `(${a ?? "NULL"}::BIGINT, ${b === null ? "NULL" : `'${b}'`}::VARCHAR)`).join(", ");

const relationOf = (rows: readonly Row[]) =>
  rows.length === 0 ? "(SELECT 1::BIGINT AS a, ''::VARCHAR AS b WHERE false)" : `(SELECT * FROM (VALUES ${rowsText(rows)}) v(a, b))`;

const checksumOf = (rows: readonly Row[]) => checksumRows(database, relationOf(rows), ["a", "b"]);

const sorted = (rows: readonly Row[]) => rows.map((one) => JSON.stringify(one)).toSorted();

it("the checksum is equal if and only if the rows are, in whatever order", async () => {
  const pair = fc.array(row, { maxLength: 12 }).chain((rows) =>
    fc.tuple(
      fc.constant(rows),
      fc.oneof(
        fc.shuffledSubarray(rows, { minLength: rows.length }),
        fc.shuffledSubarray(rows),
        fc.array(row, { maxLength: 12 }),
        // A value moves to another row of the same column.
        fc.constant(rows.map(([a], index): Row => [a, rows[(index + 1) % rows.length]?.[1] ?? null])),
        // One row in place of another: the number of rows stays.
        fc.constant(rows.map((one, index) => (index === 0 ? (rows.at(-1) ?? one) : one))),
      ),
    ),
  );
  await fc.assert(
    fc.asyncProperty(pair, async ([left, right]) => {
      const isEqual = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
      expect(sameRows(await checksumOf(left), await checksumOf(right))).toBe(isEqual);
    }),
    { numRuns: 60 },
  );
});

it("a row that comes twice counts, although the exclusive or of its hashes is nothing", async () => {
  const [once, thrice] = [await checksumOf([[1, "a"]]), await checksumOf(Array.from({ length: 3 }, (): Row => [1, "a"]))];
  expect(thrice.xor).toBe(once.xor);
  expect(sameRows(once, thrice)).toBe(false);
});

it("values of neighbouring columns are kept apart", async () => {
  const relation = (a: string, b: string) => `(SELECT '${a}' AS a, '${b}' AS b)`;
  const [left, right] = await Promise.all([
    checksumRows(database, relation("ab", ""), ["a", "b"]),
    checksumRows(database, relation("a", "b"), ["a", "b"]),
  ]);
  expect(sameRows(left, right)).toBe(false);
});

it("the duplicates of a shuffled file are the rows beyond the distinct ones", () =>
  withFolder(async (folder) => {
    const columns = [
      { name: "a", type: "BIGINT" },
      { name: "b", type: "VARCHAR" },
    ];
    const path = join(folder, "sorted.parquet");
    const style = { compression: "snappy", rowGroupRows: 2048 } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), fc.string({ maxLength: 3 }), async (rows, seed) => {
        await shuffleToFile(database, relationOf(rows), columns, path, style, { seed });
        expect(await countDuplicates(database, [path], columns)).toBe(rows.length - new Set(sorted(rows)).size);
      }),
      { numRuns: 30 },
    );
  }));

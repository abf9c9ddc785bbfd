// The partitions hold exactly the rows of the selection, and the checksum notices every damage.
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checksumRows, type RowChecksum, sameRows } from "../../src/partition/checksum.ts";
import type { Database } from "../../src/sql/database.ts";
import { quoteText } from "../../src/sql/text.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { query } from "../support/output.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { partitionsOf, recordOf, selectInto } from "../support/selection/selected.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let database: Database;

beforeAll(async () => {
  folder = await makeFolder();
  database = await openTestDatabase();
  await database.run(
    "CREATE TABLE good AS SELECT i, 'text ' || i AS s, [i, -i] AS l, if(i % 7 = 0, NULL, i / 3) AS f FROM range(5000) r(i)",
  );
});

afterAll(async () => {
  database.close();
  await folder.remove();
});

const COLUMNS = ["i", "s", "l", "f"];
const sumOf = (relation: string): Promise<RowChecksum> => checksumRows(database, relation, COLUMNS);

describe("the checksum", () => {
  it("is the same in any order of the rows", async () => {
    expect(sameRows(await sumOf("good"), await sumOf("(SELECT * FROM good ORDER BY hash(i))"))).toBe(true);
    expect((await sumOf("good")).rows).toBe(5000);
  });

  it.each([
    ["a lost row", "(SELECT * FROM good WHERE i <> 1234)"],
    ["a doubled row", "(SELECT * FROM good UNION ALL SELECT * FROM good WHERE i = 77)"],
    ["a row that came twice instead of another", "(SELECT * FROM good WHERE i <> 5 UNION ALL SELECT * FROM good WHERE i = 6)"],
    [
      "two rows that came twice instead of two others",
      "(SELECT * FROM good WHERE i NOT IN (1, 2) UNION ALL SELECT * FROM good WHERE i IN (3, 4))",
    ],
    [
      "a row that came thrice instead of two others",
      "(SELECT * FROM good WHERE i NOT IN (1, 2) UNION ALL (SELECT a.* FROM good a, range(2) WHERE a.i = 3))",
    ],
    ["one changed value", "(SELECT * REPLACE (if(i = 9, 'Text 9', s) AS s) FROM good)"],
    ["a value in place of NULL", "(SELECT * REPLACE (if(i = 7, 0, f) AS f) FROM good)"],
    ["NULL in place of a value", "(SELECT * REPLACE (if(i = 8, NULL, f) AS f) FROM good)"],
    ["a changed value in a list", "(SELECT * REPLACE (if(i = 8, [8, -9], l) AS l) FROM good)"],
    [
      "values swapped between two rows",
      "(SELECT * REPLACE (CASE i WHEN 10 THEN 'text 11' WHEN 11 THEN 'text 10' ELSE s END AS s) FROM good)",
    ],
    ["a column shifted by one row", "(SELECT i, lag(s, 1, 'text 4999') OVER (ORDER BY i) AS s, l, f FROM good)"],
    ["no row at all", "(SELECT * FROM good LIMIT 0)"],
  ])("notices %s", async (_, damaged) => {
    expect(sameRows(await sumOf("good"), await sumOf(damaged))).toBe(false);
  });

  it("distinguishes multisets of rows exactly as sorting and comparing them does", async () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom("a", "b", null));
    const relation = (rows: readonly (readonly [number, string | null])[]) =>
      rows.length === 0
        ? "(SELECT 1 AS n, 'a' AS t LIMIT 0)"
        : `(SELECT * FROM (VALUES ${rows.map(([n, t]) => `(${n}, ${t === null ? "NULL" : quoteText(t)})`).join(", ")}) v(n, t))`;
    const text = (rows: readonly (readonly [number, string | null])[]) => JSON.stringify(rows.map((entry) => JSON.stringify(entry)).sort());
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 6 }), fc.array(row, { maxLength: 6 }), async (left, right) => {
        const [a, b] = [
          await checksumRows(database, relation(left), ["n", "t"]),
          await checksumRows(database, relation(right), ["n", "t"]),
        ];
        expect(sameRows(a, b)).toBe(text(left) === text(right));
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe("a verified selection", () => {
  it("records one checksum for the rows that went in and those in the partitions", async () => {
    const input = await writeParquet(
      join(folder.path, "in.parquet"),
      "SELECT 'http://host.test/' || i AS url, 'c' AS caption, i FROM range(9000) r(i)",
    );
    const output = join(folder.path, "verified");
    const args = ["filter", "SELECT * FROM metadata WHERE i % 10 < 7", "--metadata", input, "--output", output, "--partitions", "4"];
    expect(await runPrepHere([...args, "--verify-partitions", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
    const record = await recordOf(output);
    expect(record.funnel).toEqual({ rowsRead: 9000, rowsKept: 6300 });
    const wanted = await checksumRows(database, `(SELECT * FROM '${input}' WHERE i % 10 < 7)`, ["url", "caption", "i"]);
    expect(record.checksum).toMatchObject(wanted);
    expect(await checksumRows(database, await partitionsOf(output), ["url", "caption", "i"])).toEqual(wanted);
    expect(record.partitions.map(({ rows }) => rows)).toEqual([1575, 1575, 1575, 1575]);
  });

  it("is exact for random rows, seeds, partitions and row groups", async () => {
    const value = fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: "grapheme", maxLength: 8 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const printable = value.map((text) => text?.replaceAll("\0", "") ?? null);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(printable, fc.integer({ min: -5, max: 5 })), { minLength: 1, maxLength: 30 }),
        fc.string(),
        fc.integer({ min: 1, max: 12 }),
        async (rows, seed, partitions) => {
          round++;
          const values = rows.map(([text, n]) => `(${text === null ? "NULL" : quoteText(text)}, ${n})`).join(", ");
          const input = join(folder.path, `random-${round}.parquet`);
          await writeParquet(input, `SELECT 'http://host.test' AS url, t::VARCHAR AS caption, n FROM (VALUES ${values}) v(t, n)`);
          const output = join(folder.path, `random-${round}`);
          await selectInto(output, "SELECT * FROM metadata", [input], { seed, partitions });
          const [difference] = await query(
            `SELECT count(*) AS n FROM ((FROM '${input}' EXCEPT ALL FROM ${await partitionsOf(output)}) UNION ALL (FROM ${await partitionsOf(output)} EXCEPT ALL FROM '${input}'))`,
          );
          expect(difference).toEqual({ n: 0n });
          const sizes = (await recordOf(output)).partitions.map((partition) => partition.rows);
          expect(sizes).toHaveLength(partitions);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(rows.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 6, seed: 4 },
    );
  });
});

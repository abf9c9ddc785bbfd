// Ranges of rows, read from partitions by number.
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readRows } from "../../src/partition/read-rows.ts";
import { openTestDatabase, withFolder, writeParquet } from "../support/parquet.ts";

it.each([
  ["by DuckDB's row numbers", "SELECT i FROM range(7000) r(i)", false],
  ["by position where a column hides DuckDB's row numbers", "SELECT i, 7000 - i AS FILE_ROW_NUMBER FROM range(7000) r(i)", true],
])("are found %s, whatever the range", (_, select, hidesRowNumber) =>
  withFolder(async (folder) => {
    const path = await writeParquet(join(folder, "a.parquet"), select, {}, 2048);
    const database = await openTestDatabase();
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat(7100), fc.nat(3000), async (firstRow, rows) => {
          const range = { path, firstRow, rows, hidesRowNumber, positionColumn: "prep_position" };
          const found = (await readRows(database, range, ["I"])).map((row) => Number(row["I"]));
          const length = Math.max(0, Math.min(rows, 7000 - firstRow));
          expect(found).toEqual(Array.from({ length }, (_, index) => firstRow + index));
        }),
        { numRuns: 15 },
      );
    } finally {
      database.close();
    }
  }),
);

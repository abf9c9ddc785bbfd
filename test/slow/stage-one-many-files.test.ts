// Ten thousand tiny parquet files go through stage one end to end, every row once.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { partitionsOf, recordOf } from "../selection/support.ts";
import { query } from "../support/output.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";

const FILES = 10_000;
const ROWS_PER_FILE = 12;

it("10,000 files, of two kinds of columns", () =>
  withFolder(async (folder) => {
    const input = join(folder, "in");
    await mkdir(input);
    const database = await openTestDatabase();
    try {
      for (let file = 0; file < FILES; file++) {
        const more = file % 2 === 0 ? ", i % 3 AS extra" : "";
        await database.run(
          `COPY (SELECT 'http://host.test/${file}/' || i AS url, 'c' || i AS caption, ${file} AS file${more} FROM range(${ROWS_PER_FILE}) r(i))
           TO '${join(input, `part-${String(file).padStart(5, "0")}.parquet`)}' (FORMAT parquet)`,
        );
      }
    } finally {
      database.close();
    }
    const output = join(folder, "out");
    const args = ["filter", "SELECT * FROM metadata", "--metadata", input, "--output", output, "--partitions", "16"];
    expect(await runPrep([...args, "--memory-limit", "1GB", "--verify-partitions", "--quiet"])).toMatchObject({ code: 0 });
    const rows = FILES * ROWS_PER_FILE;
    expect((await recordOf(output)).funnel).toEqual({ rowsRead: rows, rowsKept: rows });
    const [counts] = await query(
      `SELECT count(*) AS n, count(DISTINCT url) AS urls, count(DISTINCT file) AS files, count(extra) AS extras FROM ${await partitionsOf(output)}`,
    );
    expect(counts).toEqual({ n: BigInt(rows), urls: BigInt(rows), files: BigInt(FILES), extras: BigInt(rows / 2) });
  }));

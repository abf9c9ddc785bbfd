// Queries that change between two readings, or name tables like prep's own.
import { join } from "node:path";
import { expect, it } from "vitest";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

const REFUSED: readonly (readonly [string, string])[] = [
  ["CREATE TEMP MACRO hash(x) AS 1; SELECT url FROM metadata", "hash is a function of DuckDB"],
  ['CREATE TEMP MACRO "count"(x) AS 1; SELECT url FROM metadata', "count is a function of DuckDB"],
  ["CREATE OR REPLACE VIEW memory.main.metadata AS SELECT 'evil' AS url; SELECT url FROM metadata", "cannot have a schema or database"],
  ["CREATE TEMP TABLE t AS FROM enable_logging(storage = 'file'); SELECT url FROM metadata", "cannot call enable_logging"],
  ["SELECT url FROM metadata UNION ALL SELECT 'x' FROM enable_profiling(save_location = '/tmp/p')", "cannot call enable_profiling"],
  ["SELECT url FROM query('SELECT * FROM metadata')", "cannot call query"],
  ["SELECT url FROM metadata, (SELECT count(*) FROM checkpoint())", "cannot call checkpoint"],
];

it("a query cannot take the place of what prep uses, and cannot touch DuckDB's settings", () =>
  withFolder(async (folder) => {
    const metadata = await writeParquet(join(folder, "m.parquet"), "SELECT 'u' || i AS url FROM range(3) r(i)");
    for (const [sql, says] of REFUSED) {
      const result = await runPrepHere(["filter", sql, "--metadata", metadata, "--output", join(folder, "out"), "--quiet"]);
      expect([sql, result.code, result.stderr.includes(says) ? says : result.stderr]).toEqual([sql, 3, says]);
    }
  }));

it("a query that calls a random function by a quoted name is stored before it is read again", () =>
  withFolder(async (folder) => {
    const metadata = await writeParquet(join(folder, "m.parquet"), "SELECT 'u' || i AS url FROM range(3000) r(i)");
    const sql = 'SELECT * FROM metadata WHERE "random"() < 0.5';
    const result = await runPrepHere([
      "filter",
      sql,
      "--metadata",
      metadata,
      "--output",
      join(folder, "out"),
      "--verify-partitions",
      "--quiet",
    ]);
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
  }));

it("a table of the user never replaces a table of prep", () =>
  withFolder(async (folder) => {
    const metadata = await writeParquet(join(folder, "m.parquet"), "SELECT 'u' || i AS url FROM range(3) r(i)");
    const filter = (sql: string, ...tables: string[]) =>
      runPrepHere(["filter", sql, "--metadata", metadata, ...tables, "--output", join(folder, "out"), "--quiet"]);
    const named = await filter("FROM metadata", "--table", `prep_shuffled=${metadata}`);
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining("prep_shuffled: names that begin with prep_ are prep's own")]);
    const twice = await filter("FROM metadata", "--table", `t=${metadata}`, "--table", `T=${metadata}`);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("--table T is given twice")]);
    const made = await filter('CREATE TEMP TABLE "Prep_shuffled" AS FROM metadata; FROM "Prep_shuffled"');
    expect([made.code, made.stderr]).toEqual([3, expect.stringContaining("Prep_shuffled: names that begin with prep_ are prep's own")]);
    const read = await filter("FROM prep_shuffled");
    expect([read.code, read.stderr]).toEqual([3, expect.stringContaining("Table with name prep_shuffled does not exist")]);
  }));

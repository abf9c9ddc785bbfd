// Statements and exports of a shell session: what runs, what is refused, and which files appear.
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ShellSession } from "../../src/explore/shell-session.ts";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";

const RESOURCES = { threads: 2, memoryLimitBytes: 500_000_000, tempDirectory: undefined };

/** Opens a shell on `m.parquet` (100 rows: url, n) in a folder, with the TMPDIR of the process. */
async function withShell<T>(work: (session: ShellSession, folder: string) => Promise<T>): Promise<T> {
  return await withFolder(async (folder) => {
    await writeParquet(join(folder, "m.parquet"), "SELECT 'u' || i AS url, i AS n, [i, NULL] AS list FROM range(100) r(i)");
    const config = { metadata: [join(folder, "m.parquet")], tables: [], variables: [], swappedSizes: "auto" } as const;
    const session = await ShellSession.open(config, RESOURCES, { emit: () => undefined });
    try {
      return await work(session, folder);
    } finally {
      session.close();
    }
  });
}

/** Runs a statement to its end; returns its first value as text. */
async function run(session: ShellSession, statement: string): Promise<unknown> {
  const result = await session.run(statement, "text");
  const rows: unknown[] = [];
  for await (const row of result?.rows ?? []) rows.push(row[0]);
  return rows[0];
}

/** The digest of every file of a folder. */
const listing = (folder: string) =>
  readdirSync(folder).map((name) => [
    name,
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex"),
  ]);

const INPUT = "INPUT";
const REFUSED: readonly (readonly [string, RegExp])[] = [
  [`COPY (SELECT 1 AS x) TO '${INPUT}' (FORMAT parquet)`, /does not write files/],
  [`COPY metadata TO '${INPUT}.csv'`, /does not write files/],
  [`COPY FROM DATABASE memory TO temp`, /does not write files/],
  [`EXPLAIN ANALYZE COPY (SELECT 1 AS x) TO '${INPUT}' (FORMAT parquet)`, /explains only a SELECT/],
  [`EXPLAIN (ANALYZE) COPY (SELECT 1 AS x) TO '${INPUT}' (FORMAT parquet)`, /explains only a SELECT/],
  [`EXPLAIN (FORMAT json, ANALYZE true) COPY (SELECT 1 AS x) TO '${INPUT}'`, /explains only a SELECT/],
  [`EXPORT DATABASE '${INPUT}.d'`, /does not write files/],
  [`IMPORT DATABASE '${INPUT}.d'`, /does not open other databases/],
  [`ATTACH '${INPUT}.db' AS other`, /does not open other databases/],
  ["ATTACH ':memory:' AS other", /does not open other databases/],
  ["DETACH memory", /does not open other databases/],
  ["USE temp", /does not open other databases/],
  ["INSTALL httpfs", /does not load extensions/],
  ["FORCE INSTALL httpfs", /does not load extensions/],
  ["LOAD httpfs", /does not load extensions/],
  ["UPDATE EXTENSIONS", /does not change tables/],
  ["SET threads = 1", /does not change or read settings/],
  ["SET GLOBAL enable_external_access = true", /does not change or read settings/],
  ["SET SESSION search_path = 'temp'", /does not change or read settings/],
  ["RESET threads", /does not change or read settings/],
  ["PRAGMA threads = 1", /does not change or read settings/],
  ["PRAGMA enable_profiling", /does not change or read settings/],
  ["CREATE SECRET s (TYPE http)", /creates only views, tables and macros/],
  ["CREATE PERSISTENT SECRET view (TYPE http)", /creates only views, tables and macros/],
  ["CREATE SCHEMA other", /creates only views, tables and macros/],
  ["CREATE TYPE t AS ENUM ('a')", /creates only views, tables and macros/],
  ["CREATE OR REPLACE VIEW metadata AS SELECT 1 AS one", /metadata is a name of prep's own/],
  ['CREATE OR REPLACE TEMP VIEW "Metadata" AS SELECT 1 AS one', /Metadata is a name of prep's own/],
  ["CREATE OR REPLACE VIEW memory.main.metadata AS SELECT 1 AS one", /cannot have a schema or database/],
  ["CREATE MACRO json_serialize_sql(x) AS '{\"statements\":[1]}'", /is already a function/],
  ["CREATE OR REPLACE TEMP MACRO url_host(x) AS 1", /is already a function/],
  ["CREATE TEMP TABLE t AS FROM enable_logging(storage = 'file')", /cannot call enable_logging/],
  ["SELECT * FROM enable_profiling(save_location = 'x')", /cannot call enable_profiling/],
  ["EXPLAIN SELECT * FROM checkpoint()", /cannot call checkpoint/],
  ["CALL enable_logging()", /does not call procedures/],
  ["CHECKPOINT", /does not accept CHECKPOINT/],
  ["BEGIN", /does not accept BEGIN/],
  ["VACUUM", /does not accept VACUUM/],
  ["PREPARE p AS SELECT 1", /does not accept PREPARE/],
  ["EXECUTE p", /does not accept EXECUTE/],
  ["DROP VIEW metadata", /does not change tables/],
  ["ALTER VIEW metadata RENAME TO other", /does not change tables/],
  ["COMMENT ON VIEW metadata IS 'x'", /does not accept COMMENT/],
  ["INSERT INTO metadata VALUES (1)", /does not change tables/],
  ["CREATE TEMP TABLE t AS PIVOT (SELECT 1 AS k) ON k USING count(*)", /more than one definition/],
  ["WITH x AS (PIVOT (SELECT 1 AS k) ON k USING count(*)) INSERT INTO t FROM x", /more than one statement/],
  ["WITH x AS (SELECT 1) INSERT INTO t FROM x", /does not accept WITH/],
  ["SELEC 1", /syntax error/],
];

/** Characters that only some parsers read as spaces, so that parsers may disagree where a statement starts. */
const HIDDEN = ["\u2028", "\u2029", "\u0085", "\u00a0", "\u200b", "\ufeff", "\u3000", "\v", "\f", "\r"].flatMap((space) => [
  `SELECT $a${space}$ ; COPY (SELECT 1 AS x) TO '${INPUT}'; --$a${space}$`,
  `SELECT 1 ${space}$$ ; COPY (SELECT 1 AS x) TO '${INPUT}'; --$$`,
  `SELECT 1 --${space}; COPY (SELECT 1 AS x) TO '${INPUT}'`,
  `CREATE TEMP MACRO m() AS $a${space}$ ; CREATE OR REPLACE VIEW memory.main.metadata AS SELECT 1 AS url; --$a${space}$`,
  `CREATE TEMP MACRO m() AS 1 ${space}; CREATE OR REPLACE VIEW memory.main.metadata AS SELECT 1 AS url`,
  `PIVOT metadata ON n USING count(*) $a${space}$ ; CREATE OR REPLACE VIEW memory.main.metadata AS SELECT 1 AS url; --$a${space}$`,
  `EXPLAIN ANALYZE${space}COPY (SELECT 1 AS x) TO '${INPUT}'`,
  `EXPLAIN $a${space}$ ANALYZE COPY (SELECT 1 AS x) TO '${INPUT}' -- $a${space}$`,
]);

const ALLOWED: readonly (readonly [string, unknown])[] = [
  ["SELECT count(*) FROM metadata", "100"],
  ["FROM metadata SELECT max(n)", "99"],
  ["VALUES (7)", "7"],
  ["TABLE metadata", "u0"],
  ["(SELECT 3)", "3"],
  ["WITH x AS (SELECT 4) FROM x", "4"],
  ["PIVOT (SELECT n % 2 AS k FROM metadata) ON k IN (0, 1) USING count(*)", "50"],
  ["PIVOT (SELECT n % 2 AS k FROM metadata) ON k USING count(*)", "50"],
  ["FROM (PIVOT (SELECT n % 3 AS k FROM metadata) ON k USING count(*))", "34"],
  ["UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b", "a"],
  ["DESCRIBE metadata", "url"],
  ["DESC SELECT 1 AS one", "one"],
  ["SUMMARIZE metadata", "url"],
  ["SHOW TABLES", "metadata"],
  ["EXPLAIN SELECT 1", "physical_plan"],
  ["EXPLAIN ANALYZE SELECT 1", "analyzed_plan"],
  ["EXPLAIN (FORMAT json) SELECT 1", "physical_plan"],
  ["EXPLAIN (SELECT 1)", "physical_plan"],
  ["SET VARIABLE x = (SELECT max(n) FROM metadata)", undefined],
  ["SELECT getvariable('x')", "99"],
  ["RESET VARIABLE x", undefined],
  ["CREATE TEMP VIEW low AS FROM metadata WHERE n < 5", undefined],
  ["CREATE OR REPLACE TEMP TABLE t AS FROM low", undefined],
  ["CREATE MACRO twice(x) AS 2 * x", undefined],
  ["CREATE OR REPLACE MACRO twice(x) AS 3 * x", undefined],
  ["SELECT twice(max(n)) FROM t", "12"],
  ["SELECT current_setting('threads')", "2"],
];

describe("a statement of the shell", () => {
  it("that could write, open other files or change a setting is refused, whatever surrounds it, and the disk stays unchanged", () =>
    withShell(async (session, folder) => {
      const input = join(folder, "m.parquet");
      const before = listing(folder);
      for (const [statement, says] of REFUSED) {
        const text = statement.replaceAll(INPUT, input);
        const error = await run(session, text).then(
          () => undefined,
          (thrown: Error & { exitCode?: number; hint?: string }) => thrown,
        );
        expect([text, error?.message ?? "it ran"]).toEqual([text, expect.stringMatching(says)]);
        expect([text, error?.exitCode]).toEqual([text, 3]);
        expect(listing(folder)).toEqual(before);
        expect([text, await run(session, "SELECT count(url) FROM metadata")]).toEqual([text, "100"]);
      }
    }));

  it("that hides another statement behind an odd space changes neither the disk nor the metadata", () =>
    withShell(async (session, folder) => {
      const before = listing(folder);
      for (const statement of HIDDEN) {
        const text = statement.replaceAll(INPUT, join(folder, "m.parquet"));
        await run(session, text).catch(() => undefined);
        expect([text, listing(folder)]).toEqual([text, before]);
        expect([text, await run(session, "SELECT count(DISTINCT url) FROM metadata")]).toEqual([text, "100"]);
      }
    }));

  it("that reads is run, with earlier definitions and variables", () =>
    withShell(async (session) => {
      for (const [statement, value] of ALLOWED) expect([statement, await run(session, statement)]).toEqual([statement, value]);
    }));
});

describe("an exported result", () => {
  it.each([
    ["parquet", (path: string) => `read_parquet('${path}')`],
    ["csv", (path: string) => `read_csv('${path}', header = true)`],
    ["tsv", (path: string) => `read_csv('${path}', header = true, delim = '\t')`],
    ["json", (path: string) => `read_json('${path}', format = 'array')`],
    ["jsonl", (path: string) => `read_json('${path}', format = 'newline_delimited')`],
  ])("as %s holds all rows in order, and is the only new file", (ending, read) =>
    withShell(async (session, folder) => {
      await run(session, "SET VARIABLE low = 50");
      await run(session, "CREATE TEMP MACRO half(x) AS x / 2");
      await run(session, "SELECT url, half(n) AS h FROM metadata WHERE n >= getvariable('low') ORDER BY n DESC -- the end");
      const path = join(folder, `out.${ending}`);
      expect(await session.export(path)).toBe(statSync(path).size);
      const rows = await query(`SELECT url, h FROM ${read(path)}`);
      expect(rows.map(({ url, h }) => [url, Number(h)])).toEqual(Array.from({ length: 50 }, (_, row) => [`u${99 - row}`, (99 - row) / 2]));
      expect(readdirSync(folder).sort()).toEqual(["m.parquet", `out.${ending}`]);
    }),
  );

  it("may come from DESCRIBE, SUMMARIZE, SHOW and PIVOT", () =>
    withShell(async (session, folder) => {
      const statements = [
        "DESCRIBE metadata",
        "SUMMARIZE metadata",
        "SHOW TABLES",
        "PIVOT (SELECT n % 2 AS k FROM metadata) ON k USING count(*)",
      ];
      for (const [index, statement] of statements.entries()) {
        await run(session, statement);
        const path = join(folder, `${index}.parquet`);
        await session.export(path);
        expect(await query(`FROM read_parquet('${path}')`)).toHaveLength([3, 3, 1, 1][index] ?? 0);
      }
    }));

  it("never replaces a file, needs a result, an ending and a folder, and leaves nothing half-written", () =>
    withShell(async (session, folder) => {
      const refuse = async (name: string, says: RegExp) => {
        const before = listing(folder);
        await expect(session.export(join(folder, name))).rejects.toThrow(says);
        expect(listing(folder)).toEqual(before);
      };
      await refuse("a.csv", /there is no result to export yet/);
      await run(session, "SELECT 1 AS one");
      await refuse("m.parquet", /m\.parquet exists/);
      symlinkSync("nowhere.csv", join(folder, "link.csv"));
      await expect(session.export(join(folder, "link.csv"))).rejects.toThrow(/link\.csv exists/);
      await mkdir(join(folder, "locked"));
      writeFileSync(join(folder, "locked", "a.csv"), "mine");
      await expect(session.export(join(folder, "locked", "a.csv"))).rejects.toThrow(/exists/);
      expect(readFileSync(join(folder, "locked", "a.csv"), "utf8")).toBe("mine");
      await expect(session.export(join(folder, "a.xlsx"))).rejects.toThrow(/a\.xlsx: \.xlsx names no format/);
      await expect(session.export(join(folder, "a"))).rejects.toThrow(/a: no ending names no format/);
      await expect(session.export(join(folder, "not", "there.csv"))).rejects.toThrow(/not is no folder/);
      // The statement runs again for the export, and this time it fails.
      await run(session, "SELECT CASE WHEN getvariable('why') IS NULL THEN n ELSE error(getvariable('why')) END FROM metadata");
      await run(session, "SET VARIABLE why = 'no luck'");
      await expect(session.export(join(folder, "b.csv"))).rejects.toThrow(/statement: .*no luck/);
      expect(readdirSync(folder).sort()).toEqual(["link.csv", "locked", "m.parquet"]);
      await run(session, "EXPLAIN SELECT 1");
      await expect(session.export(join(folder, "c.csv"))).rejects.toThrow(/no result to export/);
      // root may write anywhere.
      if (process.getuid?.() === 0) return;
      await run(session, "SELECT 1 AS one");
      chmodSync(join(folder, "locked"), 0o500);
      await expect(session.export(join(folder, "locked", "b.csv"))).rejects.toThrow(/locked\/b\.csv cannot be written/);
      chmodSync(join(folder, "locked"), 0o700);
    }));
});

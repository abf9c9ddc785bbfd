// Malicious queries fail with a QueryError and leave all files unchanged.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { QueryError } from "../../src/core/errors.ts";
import { createFunctions } from "../../src/functions/create-functions.ts";
import type { Database } from "../../src/sql/database.ts";
import { asRunError } from "../../src/sql/errors.ts";
import { fileToRead, quoteName } from "../../src/sql/text.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { prepare, withMetadata } from "../support/query/prepared-query.ts";

/** Attacks. `IN` is the metadata's file, `OUT` a folder that the database may write to, `SECRET` any other file. */
const ATTACKS: readonly string[] = [
  // Plain statements: alone, before a SELECT, and after it.
  ...["COPY (SELECT 1) TO 'IN'", "COPY metadata TO 'OUT/x.csv'", "EXPORT DATABASE 'OUT'", "IMPORT DATABASE 'OUT'", "ATTACH 'OUT/x.db'"],
  ...["DETACH memory", "INSTALL httpfs", "LOAD httpfs", "LOAD 'OUT/x.duckdb_extension'", "PRAGMA enable_profiling", "PRAGMA version"],
  ...[
    "SET threads = 1",
    "SET GLOBAL allowed_paths = ['SECRET']",
    "RESET threads",
    "SET VARIABLE x = 1",
    "USE memory",
    "CHECKPOINT",
    "VACUUM",
  ],
  ...["CALL pragma_version()", "CALL enable_logging(storage = 'file')", "PREPARE p AS SELECT 1", "EXECUTE p", "DEALLOCATE p", "ANALYZE"],
  ...["DROP VIEW metadata", "ALTER VIEW metadata RENAME TO m", "COMMENT ON VIEW metadata IS 'x'", "BEGIN", "COMMIT", "ROLLBACK"],
  ...["CREATE TYPE t AS ENUM ('a')", "CREATE SCHEMA s", "CREATE SEQUENCE s", "CREATE INDEX i ON t(a)", "CREATE SECRET s (TYPE http)"],
  ...[
    "INSERT INTO other VALUES ('x')",
    "UPDATE other SET a = 'x'",
    "DELETE FROM other",
    "TRUNCATE other",
    "MERGE INTO other USING other o ON true WHEN MATCHED THEN DELETE",
  ],
].flatMap((statement, index) => [
  statement,
  index % 3 === 0 ? `CREATE TEMP TABLE a AS SELECT 1; ${statement}; FROM metadata` : `${statement}; FROM metadata`,
]);

/** Statements after text that one scanner takes for a string, comment or space, and another for code. */
const HIDDEN: readonly string[] = [
  ..."\u0085\u00a0\u1680\u180e\u200b\u200c\u2028\u2029\u2060\u3000\ufeff\v"
    .split("")
    .flatMap((space) => [
      `CREATE TEMP TABLE t AS SELECT 1 a${space}$$; COPY (SELECT 1) TO 'IN'; --$$; FROM metadata`,
      `CREATE TEMP TABLE t AS SELECT 1 AS a;${space}COPY (SELECT 1) TO 'IN'; FROM metadata`,
      `CREATE TEMP MACRO m() AS 1;/* ' */${space}COPY (SELECT 1) TO 'IN';/* ' */ FROM metadata`,
      `SELECT url FROM metadata${space};COPY (SELECT 1) TO 'IN'`,
    ]),
  ...["1_", "1e", "1__0", "$1a", "a$b", "é", "0x"].map(
    (word) => `CREATE TEMP TABLE t AS SELECT ${word}$$; COPY (SELECT 1) TO 'IN'; --$$; FROM metadata`,
  ),
  "CREATE TEMP TABLE t AS SELECT e'a'\n'\\'; COPY (SELECT 1) TO ''IN''; --' AS x; FROM metadata",
  "CREATE TEMP TABLE t AS SELECT e'a' -- '\n '\\'; COPY (SELECT 1) TO 'IN'; --'; FROM metadata",
  "CREATE TEMP TABLE t AS SELECT u&'\\'; COPY (SELECT 1) TO 'IN'; --'; FROM metadata",
  "CREATE TEMP TABLE t AS SELECT x'\\'; COPY (SELECT 1) TO 'IN'; --'; FROM metadata",
  "CREATE TEMP TABLE t AS SELECT 1 /* /* */; COPY (SELECT 1) TO 'IN'; -- */; FROM metadata\n*/; COPY (SELECT 1) TO 'IN'; FROM metadata",
  "CREATE TEMP TABLE t AS SELECT 1 --\r; COPY (SELECT 1) TO 'IN'; FROM metadata",
  'CREATE TEMP TABLE t AS SELECT 1 AS "a"""; COPY (SELECT 1) TO \'IN\'; FROM metadata',
  "SELECT url FROM metadata\0; COPY (SELECT 1) TO 'IN'",
  "CREATE TEMP TABLE t AS SELECT 1\0; COPY (SELECT 1) TO 'IN'; FROM metadata",
];

/** Definitions that would replace something that prep or DuckDB reads by name. */
const SHADOWS: readonly string[] = [
  ...[
    "metadata",
    "METADATA",
    '"metadata"',
    "memory.main.metadata",
    '"memory"."main"."metadata"',
    '"main"."MetaData"',
    "temp.metadata",
    "main . metadata",
  ],
  ...[
    "selection",
    '"Selection"',
    "other",
    '"OTHER"',
    "main.other",
    "prep_shuffled",
    '"prep_shuffled"',
    "PREP_rows_0",
    "temp.prep_x",
    "ghost.main.x",
  ],
].flatMap((name) =>
  ["TEMP VIEW", "OR REPLACE VIEW", "TEMP TABLE IF NOT EXISTS"].map(
    (kind) => `CREATE ${kind} ${name} AS SELECT 'evil' AS url; FROM metadata`,
  ),
);

const MACROS: readonly string[] = [
  ...[
    "count",
    "hash",
    "lower",
    '"read_parquet"',
    "HASH",
    "aspect",
    "url_host",
    '"Aspect"',
    "main.aspect",
    "metadata",
    "prep_x",
    "duckdb_views",
    '"||"',
    '"+"',
  ],
].flatMap((name) => [
  `CREATE TEMP MACRO ${name}(a, b) AS 1; FROM metadata`,
  `CREATE OR REPLACE MACRO ${name}(a, b) AS TABLE SELECT 1; FROM metadata`,
]);

const CALLS: readonly string[] = [
  ...[
    "enable_logging(storage = 'file', storage_path = 'OUT')",
    "enable_profiling(save_location = 'OUT/p')",
    "disable_profiling()",
    "checkpoint()",
  ],
  ...[
    "query('SELECT url FROM metadata')",
    "query_table('metadata')",
    "json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "enable_peg_parser()",
  ],
  ...[
    "pragma_storage_info('other')",
    "truncate_duckdb_logs()",
    "force_checkpoint()",
    "\"query\"('SELECT 1')",
    "system.main.query('SELECT 1')",
    "U&\"query\"('SELECT 1')",
  ],
].flatMap((call, index) => {
  const forms = [
    `SELECT 'x' AS url FROM ${call}`,
    `SELECT 'x' AS url FROM ${call.replace("(", " /* ; */\n(")}`,
    `WITH query(a) AS (SELECT 1) SELECT 'x' AS url FROM query, ${call} AS r`,
    `CREATE TEMP TABLE t AS FROM ${call}; SELECT 'x' AS url`,
    `CREATE TEMP VIEW v AS FROM ${call}; SELECT 'x' AS url FROM v`,
    `CREATE TEMP MACRO m(a) AS TABLE FROM ${call}; SELECT 'x' AS url FROM m(1)`,
    `CREATE TEMP MACRO m() AS TABLE SELECT 1, (a) AS TABLE FROM ${call}; SELECT 'x' AS url FROM m(1)`,
  ];
  return [0, 3].map((next) => forms[(index + next) % forms.length] ?? "");
});

const READS: readonly string[] = [
  ...[
    "read_csv('SECRET')",
    "read_text('SECRET')",
    "read_blob('SECRET')",
    "read_parquet('SECRET')",
    "read_json('SECRET')",
    "'SECRET'",
    '"SECRET"',
  ],
  ...[
    "glob('/etc/*')",
    "glob('SECRET')",
    "parquet_metadata('SECRET')",
    "sniff_csv('SECRET')",
    "read_duckdb('SECRET')",
    "read_text('/dev/stdin')",
  ],
  ...["read_text('OUT/../secret.csv')", "read_text('https://example.test/')", "'https://example.test/a.parquet'", "'s3://b/a.parquet'"],
].flatMap((source, index) => {
  const forms = [
    `SELECT 'x' AS url FROM ${source}`,
    `CREATE TEMP TABLE t AS FROM ${source}; SELECT 'x' AS url FROM t`,
    `CREATE TEMP MACRO m() AS TABLE FROM ${source}; SELECT 'x' AS url FROM m()`,
    `SELECT url FROM metadata WHERE EXISTS (FROM ${source})`,
  ];
  return [0, 1].map((next) => forms[(index + next) % forms.length] ?? "");
});

it.each([
  ["plain statements", ATTACKS],
  ["hidden statements", HIDDEN],
  ["shadows", SHADOWS],
  ["macros", MACROS],
  ["calls", CALLS],
  ["reads", READS],
])("a malicious query is refused: %s", (_, queries) =>
  withFolder(async (folder) => {
    const input = await writeParquet(join(folder, "in.parquet"), "SELECT 'http://a.test/' AS url");
    await writeFile(join(folder, "secret.csv"), "url\nsecret\n");
    await writeParquet(join(folder, "out", "own.parquet"), "SELECT 1 AS a");
    const bytes = await readFile(input);
    const passed: string[] = [];
    await withMetadata(async (database) => {
      await database.run(
        `CREATE OR REPLACE VIEW metadata AS FROM read_parquet(${fileToRead(input)}); CREATE TABLE other AS SELECT 'a' AS a`,
      );
      await createFunctions(database);
      await database.fence([input], [join(folder, "out")]);
      const own = await madeIn(database);
      for (const query of queries) {
        const text = query
          .replaceAll("IN'", `${input}'`)
          .replaceAll("OUT", join(folder, "out"))
          .replaceAll("SECRET", join(folder, "secret.csv"));
        const outcome: unknown = await prepare(database, text)
          .then(() => database.rows("FROM selection"))
          .catch((error: unknown) => asRunError(error, "selecting rows"));
        // Some are no attack to DuckDB either; then the query returns only the metadata's rows.
        const isHarmless = HIDDEN.includes(query) && JSON.stringify(outcome) === '[{"url":"http://a.test/"}]';
        if (!(outcome instanceof QueryError) && !isHarmless)
          passed.push(`${query}: ${outcome instanceof Error ? outcome.message : JSON.stringify(outcome)}`);
        if (!bytes.equals(await readFile(input))) passed.push(`${query}: the file is another one`);
        // Definitions of a query that failed must not affect the next query.
        for (const [name, drop] of /create/i.test(query) ? await madeIn(database) : []) if (!own.has(name)) await database.run(drop);
      }
      expect(await database.rows("FROM other")).toEqual([{ a: "a" }]);
      expect(await database.rows("FROM memory.main.metadata")).toEqual([{ url: "http://a.test/" }]);
    });
    expect(passed).toEqual([]);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(["in.parquet", "out", "out/own.parquet", "secret.csv"]);
  }),
);

/** The definitions in a database, with statements that drop them. */
async function madeIn(database: Database): Promise<Map<string, string>> {
  const rows = await database.rows(`SELECT 'VIEW' AS kind, database_name AS place, view_name AS name FROM duckdb_views() WHERE NOT internal
    UNION ALL SELECT 'TABLE', database_name, table_name FROM duckdb_tables() WHERE NOT internal
    UNION ALL SELECT DISTINCT if(function_type = 'macro', 'MACRO', 'MACRO TABLE'), database_name, function_name FROM duckdb_functions() WHERE NOT internal`);
  return new Map(
    rows.map(({ kind, place, name }) => [
      `${kind} ${place} ${name}`,
      `DROP ${kind} ${quoteName(String(place))}.main.${quoteName(String(name))}`,
    ]),
  );
}

it.each([
  "WITH query(a) AS (SELECT 1) SELECT url FROM metadata, query",
  "WITH RECURSIVE query AS MATERIALIZED (SELECT 1 AS query) SELECT url, query FROM metadata, query",
  'WITH "checkpoint" ("query") AS (SELECT 1) SELECT url, "query" FROM metadata, checkpoint',
  "CREATE TEMP VIEW v AS WITH query(a) AS (SELECT 1) SELECT url, a FROM metadata, query; FROM v",
  "CREATE TEMP TABLE query AS SELECT 1 AS query_table; SELECT url, query_table FROM metadata, query",
  "SELECT url, 'query(''x'')' AS query FROM metadata AS write_log(url)",
])("a forbidden name that is not called is allowed: %s", (query) =>
  withMetadata(async (database) => expect((await prepare(database, query)).urlColumn).toBe("url")),
);

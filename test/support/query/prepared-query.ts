// Makes a database with a view `metadata`, and prepares queries over it.
import { QueryError } from "../../../src/core/errors.ts";
import type { QueryFile } from "../../../src/query/find-query.ts";
import { prepareSelection, type Selection } from "../../../src/query/select.ts";
import { parseVariables } from "../../../src/query/variables.ts";
import type { Database, JsonRow } from "../../../src/sql/database.ts";
import { openTestDatabase } from "../parquet.ts";

const METADATA = `CREATE VIEW metadata AS SELECT 'http://a.test/' || range AS url, 'caption ' || range AS caption, (range * 100)::INTEGER AS width,
  (range * 90)::INTEGER AS height, 0.1::FLOAT AS punsafe, 0.2::FLOAT AS pwatermark, 0.3 AS similarity, 7.5 AS aesthetic, range AS hash, 'caption ' || range AS "TEXT"
  FROM range(20)`;

export const ALIASES = [{ name: "TEXT", canonical: "caption" }] as const;

/** Opens the database, runs the work with it and closes it. */
export async function withMetadata<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openTestDatabase();
  try {
    await database.run(METADATA);
    return await work(database);
  } finally {
    database.close();
  }
}

export async function prepare(
  database: Database,
  query: string | QueryFile,
  set: readonly string[] = [],
  aliases: readonly { readonly name: string; readonly canonical: string }[] = ALIASES,
): Promise<Selection> {
  const file = typeof query === "string" ? { name: "test", path: "test.sql", text: query } : query;
  return prepareSelection(database, file, parseVariables(set), { columns: await database.columns("FROM metadata"), aliases });
}

/** Prepares a query and reads the rows of its selection. */
export function select(query: string, set: readonly string[] = []): Promise<{ selection: Selection; names: string[]; rows: JsonRow[] }> {
  return withMetadata(async (database) => {
    const selection = await prepare(database, query, set);
    return { selection, names: selection.columns.map(({ name }) => name), rows: await database.rows("FROM selection") };
  });
}

/** The QueryError of a query. */
export async function refused(query: string): Promise<QueryError> {
  const thrown: unknown = await select(query).catch((error: unknown) => error);
  if (thrown instanceof QueryError) return thrown;
  throw new Error(`no QueryError for ${query}: ${String(thrown)}`);
}

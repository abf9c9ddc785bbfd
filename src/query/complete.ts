// Words that can come next in an unfinished statement, what people look for first.
import type { Database } from "../sql/database.ts";

/** More than DuckDB knows: its own limits leave columns out where many functions fit as well. */
const ALL = 100_000;

/** What programs of PostgreSQL and SQLite ask for, and what is DuckDB's own housekeeping. */
const FOREIGN = /^"?(pg_|sqlite_|pragma_)/i;

/** Names of the user's columns and tables; DuckDB suggests a name once, as a function where it is one as well. */
const OWN = `SELECT column_name AS name, true AS is_column FROM duckdb_columns() WHERE NOT internal
  UNION SELECT view_name, false FROM duckdb_views() WHERE NOT internal
  UNION SELECT table_name, false FROM duckdb_tables() WHERE NOT internal`;

/**
 * Words that DuckDB would take next, by what is typed of the last one, and where in the text that begins: columns, tables, functions and
 * keywords. Where nothing is typed of it, columns and tables alone if there are any.
 */
export async function completeStatement(database: Database, text: string): Promise<{ words: readonly string[]; start: number }> {
  const rows = await database.rows(
    `WITH own AS (${OWN}) SELECT suggestion AS word, suggestion_start AS start, CASE
      WHEN suggestion_type IN ('column', 'scalar_function') AND unquoted IN (SELECT name FROM own WHERE is_column) THEN 0
      WHEN suggestion_type IN ('table', 'table_function') AND unquoted IN (SELECT name FROM own WHERE NOT is_column) THEN 1
      WHEN suggestion_type IN ('scalar_function', 'table_function') THEN 2 WHEN suggestion_type = 'keyword' THEN 3 END AS kind
    FROM (SELECT *, trim(suggestion, '"') AS unquoted
      FROM sql_auto_complete($text, max_suggestion_count := ${ALL}, max_exact_suggestion_count := ${ALL}))
    ORDER BY kind, word`,
    { text },
  );
  // DuckDB counts bytes.
  const start = Buffer.from(text)
    .subarray(0, Number(rows[0]?.["start"] ?? 0))
    .toString().length;
  const begun = text.slice(start).toLowerCase();
  const fitting = rows.flatMap(({ word, kind }) => {
    const name = String(word);
    const isWord = name.toLowerCase().startsWith(begun) && /^["\w]/.test(name) && /[a-z]/i.test(name);
    return kind === null || !isWord || (Number(kind) > 1 && FOREIGN.test(name)) ? [] : [{ name, kind: Number(kind) }];
  });
  const nearest = begun === "" ? fitting.filter(({ kind }) => kind < 2) : [];
  return { words: [...new Set((nearest.length > 0 ? nearest : fitting).map(({ name }) => name))], start };
}

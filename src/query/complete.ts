// Completes an unfinished statement: the words that can come next, the most likely first.
import type { Database } from "../sql/database.ts";

/** More words than DuckDB knows. Its default limits drop columns if many functions fit as well. */
const ALL = 100_000;

/** Names that PostgreSQL and SQLite programs use, and DuckDB's housekeeping. */
const FOREIGN = /^"?(pg_|sqlite_|pragma_)/i;

/** The user's columns and tables. DuckDB suggests a name once, and as a function if it is also one. */
const OWN = `SELECT column_name AS name, true AS is_column FROM duckdb_columns() WHERE NOT internal
  UNION SELECT view_name, false FROM duckdb_views() WHERE NOT internal
  UNION SELECT table_name, false FROM duckdb_tables() WHERE NOT internal`;

/**
 * The words that can replace the unfinished last word, and where that word starts in the text: columns, tables, functions and
 * keywords. If nothing of the word is typed, only columns and tables, as long as there are any.
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
  // DuckDB counts in bytes of UTF-8.
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

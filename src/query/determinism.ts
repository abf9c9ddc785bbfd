// Whether a query gives the same rows every time it is run, which decides whether it may be read twice.
import type { Database } from "../sql/database.ts";
import { nameOf, type Token } from "./tokens.ts";

/** Words that stand for a function without parentheses. */
const KEYWORDS = /^(current_date|current_time|current_timestamp|localtime|localtimestamp|tablesample)$/;
/** These vary between queries only by name: within a run they are constant. */
const CONSTANT: ReadonlySet<string> = new Set([
  "getvariable",
  "current_database",
  "current_schema",
  "current_schemas",
  "in_search_path",
  "error",
]);

/**
 * False where the words call a function that DuckDB calls volatile (random, uuid ...) or bound to the moment (now ...),
 * sample, or LIMIT without any ORDER BY.
 */
export async function isDeterministic(database: Database, tokens: readonly Token[]): Promise<boolean> {
  const rows = await database.rows(
    "SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions() WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')",
  );
  const unstable = new Set(rows.map(({ name }) => String(name)).filter((name) => !CONSTANT.has(name)));
  const words = tokens.map((token) => (token.kind === "word" ? token.text.toLowerCase() : ""));
  const names = tokens.map((token) => (token.kind === "word" || token.kind === "quoted-name" ? nameOf(token).toLowerCase() : ""));
  const calls = names.some((name, index) => unstable.has(name) && tokens[index + 1]?.text === "(");
  const samples = words.some((word, index) => KEYWORDS.test(word) || (word === "using" && words[index + 1] === "sample"));
  return !calls && !samples && !(words.includes("limit") && !words.includes("order"));
}

// Counts the SELECT statements of a text with DuckDB's own parser.
import type { Database } from "./database.ts";

/**
 * Counts the statements of a text if DuckDB's parser takes all of them for SELECTs; undefined otherwise, and if the text does not parse.
 * The parser also takes DESCRIBE, SHOW, SUMMARIZE, VALUES, FROM and a PIVOT with listed columns for SELECTs. Binds and runs nothing.
 */
export async function countSelects(database: Database, sql: string): Promise<number | undefined> {
  // Qualified names, because a macro of the user's could have the same name.
  const [row] = await database.rows(
    "SELECT system.main.json_array_length(system.main.json_serialize_sql($sql::VARCHAR), '$.statements') AS statements",
    { sql },
  );
  return typeof row?.["statements"] === "bigint" || typeof row?.["statements"] === "number" ? Number(row["statements"]) : undefined;
}

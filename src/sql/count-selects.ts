// Asks DuckDB's own parser whether a text only reads.
import type { Database } from "./database.ts";

/**
 * How many statements a text has, where DuckDB's parser takes each of them for a SELECT; DESCRIBE, SHOW, SUMMARIZE, VALUES, FROM and a
 * PIVOT with listed columns are SELECTs to it. Undefined for anything else, and for what does not parse. Nothing is bound or run.
 */
export async function countSelects(database: Database, sql: string): Promise<number | undefined> {
  // Qualified, so that no macro of the user's can answer in DuckDB's place.
  const [row] = await database.rows(
    "SELECT system.main.json_array_length(system.main.json_serialize_sql($sql::VARCHAR), '$.statements') AS statements",
    { sql },
  );
  return typeof row?.["statements"] === "bigint" || typeof row?.["statements"] === "number" ? Number(row["statements"]) : undefined;
}

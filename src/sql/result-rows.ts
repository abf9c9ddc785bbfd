// The only folder that knows DuckDB: the rows of a result as they come, never more of them than it hands over at a time.
import type { DuckDBResult, DuckDBValue } from "@duckdb/node-api";
import type { JsonValue } from "../core/sample.ts";
import { toSqlError } from "./errors.ts";

/** The values of each row, converted by the function of their column. */
export async function* valuesOf(
  result: DuckDBResult,
  convert: readonly ((value: DuckDBValue) => JsonValue)[],
): AsyncGenerator<readonly JsonValue[]> {
  try {
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const row of chunk.getRows()) yield row.map((value, column) => convert[column]?.(value) ?? null);
    }
  } catch (thrown) {
    throw toSqlError(thrown);
  }
}

// Reads the rows of a result as they come.
import type { DuckDBResult, DuckDBValue } from "@duckdb/node-api";
import type { JsonValue } from "../core/sample.ts";
import { toSqlError } from "./errors.ts";

/** Yields the values of each row, each converted by the function of its column. Memory holds one chunk of DuckDB's at a time. */
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

// Appends many rows to a table, in chunks.
import { type DuckDBAppender, DuckDBDataChunk, type DuckDBValue, VARCHAR } from "@duckdb/node-api";

/** Rows of a chunk: DuckDB's own vector size. */
const CHUNK_ROWS = 2048;

/** Appends rows of simple values and closes the appender. */
export function appendRows(appender: DuckDBAppender, rows: readonly (readonly DuckDBValue[])[]): void {
  const types = Array.from({ length: appender.columnCount }, (_, column) => appender.columnType(column));
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const part = rows.slice(start, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    chunk.setRows(part);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

/** Appends texts, given column by column, and closes the appender. */
export function appendTextColumns(appender: DuckDBAppender, columns: readonly (readonly (string | null)[])[]): void {
  const rows = columns[0]?.length ?? 0;
  const types = columns.map(() => VARCHAR);
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const end = Math.min(rows, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, end - start);
    for (const [index, values] of columns.entries()) chunk.setColumnValues(index, values.slice(start, end));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

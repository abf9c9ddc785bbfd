// Stage: partition. A range of rows of a parquet file, as JSON values; row groups outside the range are not read.
import type { Database, JsonRow } from "../sql/database.ts";
import { quoteName, quoteText } from "../sql/text.ts";

/** SQL for the rows [firstRow, firstRow + rowCount) of a file with their position as `file_row_number`. */
export function rowRange(path: string, firstRow: number, rowCount: number): string {
  return `read_parquet(${quoteText(path)}) WHERE file_row_number >= ${firstRow} AND file_row_number < ${firstRow + rowCount}`;
}

/** The named columns of a range of rows, in the file's order. */
export async function readRows(
  database: Database,
  path: string,
  firstRow: number,
  rowCount: number,
  columns: readonly string[],
): Promise<JsonRow[]> {
  return await database.rows(
    `SELECT ${columns.map(quoteName).join(", ")} FROM ${rowRange(path, firstRow, rowCount)} ORDER BY file_row_number`,
  );
}

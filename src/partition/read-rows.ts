// Reads a range of rows of a parquet file. Row groups outside the range are not read.
import type { Database, JsonRow } from "../sql/database.ts";
import { fileToWrite, parquetFiles, quoteName } from "../sql/text.ts";

/** A range of rows of a parquet file. */
export interface RowRange {
  readonly path: string;
  readonly firstRow: number;
  readonly rows: number;
  /** Whether a column of the file is called `file_row_number` and so hides DuckDB's own. */
  readonly hidesRowNumber: boolean;
  /** The column that holds a row's position in the range, from 0. No column of the file may have this name. */
  readonly positionColumn: string;
}

/** DuckDB's column of row numbers. A column of the file with this name hides it. */
export const ROW_NUMBER = "file_row_number";

/** SQL of a relation with the rows of a range and their positions. */
export function rowRange({ path, firstRow, rows, hidesRowNumber, positionColumn }: RowRange): string {
  const file = parquetFiles(path);
  if (hidesRowNumber) {
    // Slower but equally correct: DuckDB keeps the order of the file for LIMIT, and reads all rows before the range.
    return `(SELECT *, row_number() OVER () - 1 AS ${positionColumn} FROM (SELECT * FROM ${file} LIMIT ${rows} OFFSET ${firstRow}))`;
  }
  const condition = `${ROW_NUMBER} >= ${firstRow} AND ${ROW_NUMBER} < ${firstRow + rows}`;
  return `(SELECT *, ${ROW_NUMBER} - ${firstRow} AS ${positionColumn} FROM ${file} WHERE ${condition})`;
}

/** Writes a range of rows, without their positions, to a parquet file. Up to 100,000 rows become one row group. */
export async function copyRows(database: Database, range: RowRange, path: string): Promise<void> {
  await database.run(
    `COPY (SELECT * EXCLUDE (${range.positionColumn}) FROM ${rowRange(range)} ORDER BY ${range.positionColumn})
     TO ${fileToWrite(path)} (FORMAT parquet, COMPRESSION snappy)`,
  );
}

/** The named columns of a range of rows, in the order of the file. */
export async function readRows(database: Database, range: RowRange, columns: readonly string[]): Promise<JsonRow[]> {
  // The file may write a name in other letters. The result has the letters of the caller.
  const list = columns.map((name) => `${quoteName(name)} AS ${quoteName(name)}`).join(", ");
  return await database.rows(`SELECT ${list} FROM ${rowRange(range)} ORDER BY ${range.positionColumn}`);
}

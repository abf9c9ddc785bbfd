// Stage: partition. A range of rows of a parquet file, as JSON values; row groups outside the range are not read.
import type { Database, JsonRow } from "../sql/database.ts";
import { fileToWrite, parquetFiles, quoteName } from "../sql/text.ts";

/** A range of rows of a parquet file. */
export interface RowRange {
  readonly path: string;
  readonly firstRow: number;
  readonly rows: number;
  /** True where a column of the file is called `file_row_number` and so hides DuckDB's own. */
  readonly hidesRowNumber: boolean;
  /** A name that no column of the file has; under it the rows carry their position in the range, from 0. */
  readonly positionColumn: string;
}

/** The column that hides DuckDB's row numbers if a file has it. */
export const ROW_NUMBER = "file_row_number";

/** SQL of a relation with the rows of a range and their position; row groups outside are not read. */
export function rowRange({ path, firstRow, rows, hidesRowNumber, positionColumn }: RowRange): string {
  const file = parquetFiles(path);
  if (hidesRowNumber) {
    // DuckDB keeps the file's order for a limit, and then reads all rows before the range: slower, and as right.
    return `(SELECT *, row_number() OVER () - 1 AS ${positionColumn} FROM (SELECT * FROM ${file} LIMIT ${rows} OFFSET ${firstRow}))`;
  }
  const condition = `${ROW_NUMBER} >= ${firstRow} AND ${ROW_NUMBER} < ${firstRow + rows}`;
  return `(SELECT *, ${ROW_NUMBER} - ${firstRow} AS ${positionColumn} FROM ${file} WHERE ${condition})`;
}

/** Writes a range of rows, without their position, to a parquet file; under 100,000 rows it has one row group. */
export async function copyRows(database: Database, range: RowRange, path: string): Promise<void> {
  await database.run(
    `COPY (SELECT * EXCLUDE (${range.positionColumn}) FROM ${rowRange(range)} ORDER BY ${range.positionColumn})
     TO ${fileToWrite(path)} (FORMAT parquet, COMPRESSION snappy)`,
  );
}

/** The named columns of a range of rows, in the file's order. */
export async function readRows(database: Database, range: RowRange, columns: readonly string[]): Promise<JsonRow[]> {
  // Files may write a name in other letters; the result has it as it is asked for.
  const list = columns.map((name) => `${quoteName(name)} AS ${quoteName(name)}`).join(", ");
  return await database.rows(`SELECT ${list} FROM ${rowRange(range)} ORDER BY ${range.positionColumn}`);
}

// Stage: partition. A range of rows of a parquet file, as JSON values; row groups outside the range are not read.
import type { Database, JsonRow } from "../sql/database.ts";
import { quoteName, quoteText } from "../sql/text.ts";

/** A range of rows of a parquet file. */
export interface RowRange {
  readonly path: string;
  readonly firstRow: number;
  readonly rows: number;
  /** True where a column of the file is called `file_row_number` and so hides DuckDB's own. */
  readonly hidesRowNumber: boolean;
}

/** The column that hides DuckDB's row numbers if a file has it. */
export const ROW_NUMBER = "file_row_number";

/** The name under which a range's rows carry their position in the range, from 0. */
export const POSITION = "prep_position";

/** SQL of a relation with the rows of a range and their position; row groups outside are not read. */
export function rowRange({ path, firstRow, rows, hidesRowNumber }: RowRange): string {
  const file = `read_parquet(${quoteText(path)})`;
  if (hidesRowNumber) {
    // DuckDB keeps the file's order for a limit, and then reads all rows before the range: slower, and as right.
    return `(SELECT *, row_number() OVER () - 1 AS ${POSITION} FROM (SELECT * FROM ${file} LIMIT ${rows} OFFSET ${firstRow}))`;
  }
  const condition = `${ROW_NUMBER} >= ${firstRow} AND ${ROW_NUMBER} < ${firstRow + rows}`;
  return `(SELECT *, ${ROW_NUMBER} - ${firstRow} AS ${POSITION} FROM ${file} WHERE ${condition})`;
}

/** The named columns of a range of rows, in the file's order. */
export async function readRows(database: Database, range: RowRange, columns: readonly string[]): Promise<JsonRow[]> {
  return await database.rows(`SELECT ${columns.map(quoteName).join(", ")} FROM ${rowRange(range)} ORDER BY ${POSITION}`);
}

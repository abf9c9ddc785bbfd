// Stage: partition. The selection in an order where every permutation is equally likely, as one sorted parquet file.
import type { ColumnType, Database } from "../sql/database.ts";
import { quoteText } from "../sql/text.ts";
import { freeName, shuffleKey } from "./row-hash.ts";
import { storableSelectList } from "./storable.ts";

/** How the parquet files of this stage are written. */
export interface ParquetStyle {
  readonly compression: "snappy" | "zstd";
  /** Rows a row group; DuckDB rounds up to a multiple of 2,048. */
  readonly rowGroupRows: number;
}

/** URLs and captions are unique: building dictionaries for them is work that saves nothing. */
const DICTIONARY_SIZE_LIMIT = 4096;

/** DuckDB's options for a parquet file of this stage. */
export function parquetOptions(style: ParquetStyle, mark?: string): string {
  const note = mark === undefined ? "" : `, KV_METADATA {prep: ${quoteText(mark)}}`;
  return `(FORMAT parquet, COMPRESSION ${style.compression}, ROW_GROUP_SIZE ${style.rowGroupRows}, DICTIONARY_SIZE_LIMIT ${DICTIONARY_SIZE_LIMIT}${note})`;
}

/**
 * Sorts the view `selection` by a seeded hash of its whole rows into one file and returns how many rows it has. The order
 * is a function of the set of rows and the seed; rows equal in every column lie side by side.
 */
export async function shuffleToFile(
  database: Database,
  columns: readonly ColumnType[],
  seed: string,
  path: string,
  style: ParquetStyle,
): Promise<number> {
  const row = freeName(
    "r",
    columns.map(({ name }) => name),
  );
  const storable = `(SELECT ${storableSelectList(columns)} FROM selection)`;
  return await database.run(
    `COPY (SELECT * FROM ${storable} AS ${row} ORDER BY ${shuffleKey(row, seed)}) TO ${quoteText(path)} ${parquetOptions(style)}`,
  );
}

// Shuffles a selection by sorting it by a seeded hash: every permutation is equally likely.
import type { ColumnType, Database } from "../sql/database.ts";
import { fileToWrite, parquetFiles, quoteText } from "../sql/text.ts";
import { shuffleKey } from "./row-hash.ts";
import { storableSelectList } from "./storable.ts";

/** How the parquet files of stage one are written. */
export interface ParquetStyle {
  readonly compression: "snappy" | "zstd";
  /** Rows of a row group. DuckDB rounds up to a multiple of 2,048. */
  readonly rowGroupRows: number;
}

/** URLs and captions are unique, so a dictionary for them costs time and saves nothing. */
const MAX_DICTIONARY_ENTRIES = 4096;

/** In a small row group even unique values would fit that limit. A dictionary of an eighth of the rows still saves space. */
const ROWS_PER_DICTIONARY_ENTRY = 8;

/** More rows than any row group has. DuckDB multiplies it for its limit in bytes, so it must not be much larger. */
const UNBOUNDED_ROWS = 2 ** 40;

/**
 * DuckDB's options for a parquet file of stage one. A row group may end up to 2,047 rows before or behind its place: with several
 * threads where DuckDB's source has a seam, and with one thread where rows are long.
 */
export function parquetOptions(style: ParquetStyle, mark?: string): string {
  return optionsOf(style, style.rowGroupRows, mark);
}

/** The options for a file that is one row group, whatever its rows and threads. It is encoded like a row group in a longer file. */
export function loneGroupOptions(style: ParquetStyle, mark?: string): string {
  return optionsOf(style, UNBOUNDED_ROWS, mark);
}

function optionsOf({ compression, rowGroupRows }: ParquetStyle, size: number, mark?: string): string {
  const note = mark === undefined ? "" : `, KV_METADATA {prep: ${quoteText(mark)}}`;
  const dictionary = Math.max(1, Math.min(MAX_DICTIONARY_ENTRIES, Math.floor(rowGroupRows / ROWS_PER_DICTIONARY_ENTRY)));
  // Readers do not look up single values in shuffled rows, and the cut does not copy bloom filters.
  return `(FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${size}, DICTIONARY_SIZE_LIMIT ${dictionary}, WRITE_BLOOM_FILTER false${note})`;
}

/** Which rows of a relation to write, and in which order. */
export interface ShuffleOptions {
  /** Undefined keeps the rows in the order in which they come. */
  readonly seed: string | undefined;
  /** Keeps only the first rows of the shuffled order, which are a fair sample. */
  readonly limit?: number;
  /** Keeps only rows whose key is in [from, to), which are a part of the order. */
  readonly keys?: { readonly from: bigint | undefined; readonly to: bigint | undefined };
}

/**
 * Writes a relation (a table name, or a subquery in parentheses) sorted by a seeded hash of its whole rows into one file. Returns
 * the number of rows written. The order is a function of the set of rows and the seed. Equal rows are neighbours. Two different
 * rows share a 64-bit key with a chance of 5 * 10^-20; only such rows may change places between runs.
 */
export async function shuffleToFile(
  database: Database,
  relation: string,
  columns: readonly ColumnType[],
  path: string,
  style: ParquetStyle,
  options: ShuffleOptions,
): Promise<number> {
  return await database.run(`COPY (${shuffled(relation, columns, options)}) TO ${fileToWrite(path)} ${parquetOptions(style)}`);
}

/** The same as `shuffleToFile`, into a new table in memory. */
export async function shuffleToTable(
  database: Database,
  relation: string,
  columns: readonly ColumnType[],
  table: string,
  options: ShuffleOptions,
): Promise<number> {
  return await database.run(`CREATE TABLE ${table} AS ${shuffled(relation, columns, options)}`);
}

function shuffled(relation: string, columns: readonly ColumnType[], { seed, limit, keys }: ShuffleOptions): string {
  const key = seed === undefined ? undefined : shuffleKey(columnNames(columns), seed);
  const bounds = [
    ...(key && keys?.from !== undefined ? [`${key} >= ${keys.from}::UBIGINT`] : []),
    ...(key && keys?.to !== undefined ? [`${key} < ${keys.to}::UBIGINT`] : []),
  ];
  const where = bounds.length > 0 ? ` WHERE ${bounds.join(" AND ")}` : "";
  const order = key === undefined ? "" : ` ORDER BY ${key}`;
  const first = limit === undefined ? "" : ` LIMIT ${limit}`;
  return `SELECT * FROM ${relation}${where}${order}${first}`;
}

/** The shuffle keys of a shuffled file's rows at `position` - 1 and at `position`. */
export async function keysAround(
  database: Database,
  path: string,
  columns: readonly ColumnType[],
  seed: string,
  position: number,
): Promise<bigint[]> {
  const rows = `(SELECT * FROM ${parquetFiles(path)} LIMIT 2 OFFSET ${position - 1})`;
  const keys = await database.rows(`SELECT ${shuffleKey(columnNames(columns), seed)} AS k FROM ${rows}`);
  return keys.map(({ k }) => BigInt(String(k)));
}

/** About this share of a relation's rows: those with small shuffle keys. The same seed gives the same rows. */
export function sampledRelation(relation: string, columns: readonly ColumnType[], seed: string, share: number): string {
  const limit = BigInt(Math.round(share * 2 ** 53)) * 2n ** 11n;
  return share >= 1 ? relation : `(SELECT * FROM ${relation} WHERE ${shuffleKey(columnNames(columns), seed)} < ${limit}::UBIGINT)`;
}

/** The relation of a selection, with columns that parquet can hold. */
export function storableRelation(columns: readonly ColumnType[], relation = "selection"): string {
  return `(SELECT ${storableSelectList(columns)} FROM ${relation})`;
}

function columnNames(columns: readonly ColumnType[]): string[] {
  return columns.map(({ name }) => name);
}

// Stage: partition. One shuffled file becomes N files whose sizes differ by at most one row.
import type { Database } from "../sql/database.ts";
import { quoteText } from "../sql/text.ts";
import { type ParquetStyle, parquetOptions } from "./shuffle.ts";

/** A partition that was written. */
export interface Partition {
  /** `part-00000.parquet` and so on. */
  readonly name: string;
  readonly rows: number;
}

/** Rows [start, end) of one of `parts` slices of `rows` rows; the slices follow each other and differ by at most one row. */
export function equalSlice(rows: number, parts: number, index: number): { start: number; end: number } {
  // Exact while rows x parts stays under 2^53: 10^12 rows in 9,000 parts.
  return { start: Math.floor((rows * index) / parts), end: Math.floor((rows * (index + 1)) / parts) };
}

/** How many partitions by default: 128 as the guides have it, fewer where one would hold less than one shard. */
export function defaultPartitions(rows: number, samplesPerShard: number): number {
  return Math.max(1, Math.min(128, Math.floor(rows / samplesPerShard)));
}

/** A partition's file name; five digits, more where there are more. */
export function partitionName(index: number): string {
  return `part-${String(index).padStart(5, "0")}.parquet`;
}

/** Writes the partitions of a shuffled file, one after the other, each with the mark in its footer. */
export async function* cutFile(
  database: Database,
  source: string,
  rows: number,
  parts: number,
  pathOf: (name: string) => string,
  style: ParquetStyle,
  mark: string,
): AsyncGenerator<Partition> {
  for (let index = 0; index < parts; index++) {
    const { start, end } = equalSlice(rows, parts, index);
    const name = partitionName(index);
    const slice = `SELECT * FROM read_parquet(${quoteText(source)}) WHERE file_row_number >= ${start} AND file_row_number < ${end}`;
    const written = await database.run(`COPY (${slice}) TO ${quoteText(pathOf(name))} ${parquetOptions(style, mark)}`);
    yield { name, rows: written };
  }
}

// Stage: partition. One shuffled file becomes N files whose sizes differ by at most one row.
import type { Database } from "../sql/database.ts";
import type { WrittenFile } from "./copy-row-groups.ts";
import { keepsSchema, type SliceContext, writeSlice } from "./cut-slice.ts";
import { readFooter } from "./parquet-footer.ts";
import { reEncodeSlice, syncAndDigest } from "./re-encode-slice.ts";
import { ForeignParquetError } from "./row-group.ts";
import type { ParquetStyle } from "./shuffle.ts";

/** A partition that was written, and is on the disk. */
export interface Partition extends WrittenFile {
  /** `part-00000.parquet` and so on. */
  readonly name: string;
}

/** How to cut, beyond what. */
export interface CutOptions {
  /** How many partitions are written side by side; 2 unless given. */
  readonly concurrency?: number;
  /** Where a partition lies that an earlier start has written whole; it is read instead of written. */
  readonly finished?: (name: string) => string | undefined;
  /** Stops the copying of bytes; a statement of DuckDB is stopped by `Database.interrupt`. */
  readonly signal?: AbortSignal;
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

/**
 * Writes the partitions of a shuffled file, each with the mark in its footer, and yields them in their order. Small files
 * come and go beside the source. The partitions' bytes depend on the source's content, `parts`, `style` and `mark` only.
 */
export async function* cutFile(
  database: Database,
  source: string,
  rows: number,
  parts: number,
  pathOf: (name: string) => string,
  style: ParquetStyle,
  mark: string,
  options: CutOptions = {},
): AsyncGenerator<Partition> {
  const context = await copyContext(database, source, style, options.signal);
  if (context && context.footer.rows !== rows) throw new Error(`${source} has ${context.footer.rows} rows instead of ${rows}`);
  const write = async (index: number): Promise<Partition> => {
    const { start, end } = equalSlice(rows, parts, index);
    const name = partitionName(index);
    const finished = options.finished?.(name);
    if (finished !== undefined) return { name, rows: (await readFooter(finished)).rows, ...(await syncAndDigest(finished)) };
    const path = pathOf(name);
    const written = context
      ? await writeSlice(context, start, end, path, mark)
      : await reEncodeSlice(database, source, start, end, path, style, mark);
    const found = context ? (await readFooter(path)).rows : written.rows;
    if (found !== end - start) throw new Error(`${name} has ${found} rows instead of ${end - start}`);
    return { name, ...written };
  };
  yield* inOrder(parts, context ? (options.concurrency ?? 2) : 1, write);
}

/** What copying needs, or undefined where all slices must be re-encoded, so that they are of one kind. */
async function copyContext(
  database: Database,
  source: string,
  style: ParquetStyle,
  signal: AbortSignal | undefined,
): Promise<SliceContext | undefined> {
  let last: Promise<unknown> = Promise.resolve();
  const run = (sql: string): Promise<number> => {
    const result = last.then(() => database.run(sql));
    last = result.catch(() => undefined);
    return result;
  };
  try {
    const context: SliceContext = { footer: await readFooter(source), style, run, signal };
    return (await keepsSchema(context)) ? context : undefined;
  } catch (error) {
    if (error instanceof ForeignParquetError) return undefined;
    throw error;
  }
}

/** Does `count` pieces of work, some side by side, and yields their results in order; when it ends, none is running. */
async function* inOrder<T>(count: number, concurrency: number, work: (index: number) => Promise<T>): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  let next = 0;
  try {
    for (let index = 0; index < count; index++) {
      for (; next < count && running.length < concurrency; next++) {
        const started = work(next);
        // It is awaited in its turn; until then its failure must not count as unhandled.
        started.catch(() => undefined);
        running.push(started);
      }
      const first = running[0];
      if (first) yield await first;
      running.shift();
    }
  } finally {
    await Promise.allSettled(running);
  }
}

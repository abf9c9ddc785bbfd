// Stage: partition. One shuffled file becomes N files whose sizes differ by at most one row.

import { readFooter } from "../parquet/parquet-footer.ts";
import { ForeignParquetError } from "../parquet/row-group.ts";
import type { Database } from "../sql/database.ts";
import type { WrittenFile } from "./copy-row-groups.ts";
import { keepsSchema, reEncodeGroups, type SliceContext, writeSlice } from "./cut-slice.ts";
import { reEncodeSlice, syncAndDigest } from "./re-encode-slice.ts";
import type { ParquetStyle } from "./shuffle.ts";

/** A partition that was written, and is on the disk. */
export interface Partition extends WrittenFile {
  /** `part-00000.parquet` and so on. */
  readonly name: string;
}

/** A file that holds a part of the shuffled order. */
export interface OrderSegment {
  /** Rank of the file's first row in the whole order; a multiple of the row group's rows, so that every route cuts alike. */
  readonly base: number;
  /** Rows of the file. */
  readonly rows: number;
  /** The partitions [first, end) that lie inside. */
  readonly first: number;
  readonly end: number;
}

/** Slices of fewer row groups than this are re-encoded as a whole. */
const SMALL_SLICE_GROUPS = 4;

/** How to cut, beyond what. */
export interface CutOptions {
  /** Where the source is a part of the order only. */
  readonly segment?: OrderSegment;
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
  const concurrency = options.concurrency ?? 2;
  // One connection runs one statement at a time; as many as partitions that are written side by side.
  const siblings = await Promise.all(Array.from({ length: concurrency - 1 }, () => database.sibling()));
  try {
    const run = inTurns([database, ...siblings]);
    const context = await copyContext(run, source, style, options.signal);
    const segment = options.segment ?? { base: 0, rows, first: 0, end: parts };
    if (context && context.footer.rows !== segment.rows)
      throw new Error(`${source} has ${context.footer.rows} rows instead of ${segment.rows}`);
    const isSmall = rows <= parts * SMALL_SLICE_GROUPS * style.rowGroupRows;
    const write = async (index: number): Promise<Partition> => {
      const { start, end } = equalSlice(rows, parts, index);
      const name = partitionName(index);
      const finished = options.finished?.(name);
      if (finished !== undefined) return { name, rows: (await readFooter(finished)).rows, ...(await syncAndDigest(finished)) };
      const path = pathOf(name);
      const copy = isSmall && end > start ? reEncodeGroups : writeSlice;
      const written = context
        ? await copy(context, start - segment.base, end - segment.base, path, mark)
        : await reEncodeSlice(database, source, start - segment.base, end - segment.base, path, style, mark);
      const found = context ? (await readFooter(path)).rows : written.rows;
      if (found !== end - start) throw new Error(`${name} has ${found} rows instead of ${end - start}`);
      return { name, ...written };
    };
    yield* inOrder(segment, context ? concurrency : 1, write);
  } finally {
    for (const sibling of siblings) sibling.close();
  }
}

/** Runs statements on whichever connection is free first; on each they follow each other. */
function inTurns(databases: readonly Database[]): (sql: string) => Promise<number> {
  const free = [...databases];
  const waiting: ((database: Database) => void)[] = [];
  return async (sql) => {
    const database = free.pop() ?? (await new Promise<Database>((resolve) => waiting.push(resolve)));
    try {
      return await database.run(sql);
    } finally {
      const next = waiting.shift();
      if (next) next(database);
      else free.push(database);
    }
  };
}

/** What copying needs, or undefined where all slices must be re-encoded, so that they are of one kind. */
async function copyContext(
  run: (sql: string) => Promise<number>,
  source: string,
  style: ParquetStyle,
  signal: AbortSignal | undefined,
): Promise<SliceContext | undefined> {
  try {
    const context: SliceContext = { footer: await readFooter(source), style, run, signal };
    return (await keepsSchema(context)) ? context : undefined;
  } catch (error) {
    if (error instanceof ForeignParquetError) return undefined;
    throw error;
  }
}

/** Does the pieces of work [first, end), some side by side, and yields their results in order; when it ends, none is running. */
async function* inOrder<T>(
  { first: begin, end }: { readonly first: number; readonly end: number },
  concurrency: number,
  work: (index: number) => Promise<T>,
): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  let next = begin;
  try {
    for (let index = begin; index < end; index++) {
      for (; next < end && running.length < concurrency; next++) {
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

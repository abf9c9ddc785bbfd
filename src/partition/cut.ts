// Cuts one shuffled file or table into partitions whose sizes differ by at most one row.
import { readFooter } from "../parquet/parquet-footer.ts";
import { ForeignParquetError } from "../parquet/row-group.ts";
import type { Database } from "../sql/database.ts";
import type { WrittenFile } from "./copy-row-groups.ts";
import { readHead, type SliceContext, straddlingGroups, touchedGroups, writeCopied, writeLoaded } from "./cut-slice.ts";
import { LoadedRows } from "./loaded-rows.ts";
import { reEncodeSlice, syncAndDigest } from "./re-encode-slice.ts";
import type { ParquetStyle } from "./shuffle.ts";
import { inOrder, onFreeConnection, type RunStatement } from "./side-by-side.ts";
import { batches, type NamedSlice, type OrderSegment, slicesOf } from "./slices.ts";

/** A partition that was written and synced to the disk. */
export interface Partition extends WrittenFile {
  /** The file name, such as `part-00000.parquet`. */
  readonly name: string;
}

/** DuckDB's statements run in libuv's thread pool, which has four threads. */
const MAX_STATEMENTS = 4;

/** Options of a cut. */
export interface CutOptions {
  /** Set if the source holds only a part of the order. */
  readonly segment?: OrderSegment;
  /** How many partitions are written side by side. Default 2. */
  readonly concurrency?: number;
  /** The path of a partition that an earlier start has finished, which is only read; undefined if there is none. */
  readonly finished?: (name: string) => string | undefined;
  /** Stops the copying of bytes. It does not stop statements of DuckDB: see `interruptible`. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the partitions of a shuffled file, each with the mark in its footer, and yields them in order. Makes and removes small
 * files beside the source. The bytes of the partitions depend only on the source's content, `parts`, `style` and `mark`.
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
  const siblings = await siblingsOf(database, concurrency);
  try {
    const run = onFreeConnection([database, ...siblings]);
    const segment = options.segment ?? { base: 0, rows, first: 0, end: parts };
    const context = await copyContext(database, run, source, style, rows - segment.base, options.signal);
    if (context && context.footer.rows !== segment.rows)
      throw new Error(`${source} has ${context.footer.rows} rows instead of ${segment.rows}`);
    const slices = slicesOf(rows, parts, segment, (name) => options.finished?.(name));
    if (!context) {
      for (const slice of slices) {
        const { name, start, end, finished } = slice;
        if (finished === undefined) await reEncodeSlice(database, source, start, end, pathOf(name), style, mark);
        yield await finishedPartition(slice, pathOf(name));
      }
      return;
    }
    const isSmall = areSlicesSmall(rows, parts, style);
    for (const batch of batches(context, slices, isSmall ? touchedGroups : straddlingGroups)) {
      const table = `prep_rows_${batch.slices[0]?.start ?? 0}`;
      const loaded = await LoadedRows.load(context, batch.groups, table);
      yield* inOrder(batch.slices, concurrency, async (slice) => {
        options.signal?.throwIfAborted();
        const path = pathOf(slice.name);
        if (slice.finished !== undefined) return await finishedPartition(slice, path);
        const written = isSmall ? writeLoaded(loaded, slice, path, style, mark) : writeCopied(context, loaded, slice, path, mark);
        return await finishedPartition(slice, path, await written);
      });
      await loaded.drop();
    }
  } finally {
    for (const sibling of siblings) sibling.close();
  }
}

/**
 * Writes the partitions of a shuffled order that is in a table of the database. For slices of at most one row group, whose bytes are
 * those that `cutFile` writes.
 */
export async function* cutTable(
  database: Database,
  table: string,
  rows: number,
  parts: number,
  pathOf: (name: string) => string,
  style: ParquetStyle,
  mark: string,
  options: CutOptions = {},
): AsyncGenerator<Partition> {
  const concurrency = options.concurrency ?? 2;
  const siblings = await siblingsOf(database, concurrency);
  try {
    const loaded = await LoadedRows.whole(database, onFreeConnection([database, ...siblings]), table);
    const slices = slicesOf(rows, parts, { base: 0, rows, first: 0, end: parts }, (name) => options.finished?.(name));
    yield* inOrder(slices, concurrency, async (slice) => {
      options.signal?.throwIfAborted();
      const path = pathOf(slice.name);
      if (slice.finished !== undefined) return await finishedPartition(slice, path);
      return await finishedPartition(slice, path, await writeLoaded(loaded, slice, path, style, mark));
    });
    await loaded.drop();
  } finally {
    for (const sibling of siblings) sibling.close();
  }
}

/** Opens more connections, because a connection runs one statement at a time. */
async function siblingsOf(database: Database, concurrency: number): Promise<Database[]> {
  return await Promise.all(Array.from({ length: Math.min(concurrency, MAX_STATEMENTS) - 1 }, () => database.sibling()));
}

/** Whether every partition has at most one row group, so that it is encoded as a whole. */
export function areSlicesSmall(rows: number, parts: number, { rowGroupRows }: ParquetStyle): boolean {
  return rows <= parts * rowGroupRows;
}

/** The partition of a slice that was written to `path`, now or by an earlier start. Throws if the file has another number of rows. */
async function finishedPartition({ name, start, end, finished }: NamedSlice, path: string, written?: WrittenFile): Promise<Partition> {
  const file = finished ?? path;
  const found = (await readFooter(file)).rows;
  if (found !== end - start) throw new Error(`${name} has ${found} rows instead of ${end - start}`);
  return { name, rows: found, ...(written ?? (await syncAndDigest(file))) };
}

/** What copying needs; undefined if all slices must be encoded again. Then no slice is copied, so that all have one schema. */
async function copyContext(
  database: Database,
  run: RunStatement,
  source: string,
  style: ParquetStyle,
  orderEnd: number,
  signal: AbortSignal | undefined,
): Promise<SliceContext | undefined> {
  try {
    const footer = await readFooter(source);
    const { keepsSchema, isRowidHidden } = await readHead(database, footer, style, signal);
    return keepsSchema ? { footer, style, orderEnd, isRowidHidden, run, signal } : undefined;
  } catch (error) {
    if (error instanceof ForeignParquetError) return undefined;
    throw error;
  }
}

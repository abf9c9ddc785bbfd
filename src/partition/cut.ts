// Stage: partition. One shuffled file becomes N files whose sizes differ by at most one row.
import { readFooter } from "../parquet/parquet-footer.ts";
import { ForeignParquetError } from "../parquet/row-group.ts";
import type { Database } from "../sql/database.ts";
import type { WrittenFile } from "./copy-row-groups.ts";
import { keepsSchema, type SliceContext, straddlingGroups, touchedGroups, writeCopied, writeLoaded } from "./cut-slice.ts";
import { LoadedRows } from "./loaded-rows.ts";
import { reEncodeSlice, syncAndDigest } from "./re-encode-slice.ts";
import type { ParquetStyle } from "./shuffle.ts";
import { inOrder, inTurns, type RunStatement } from "./side-by-side.ts";
import { batches, type NamedSlice, type OrderSegment, slicesOf } from "./slices.ts";

/** A partition that was written, and is on the disk. */
export interface Partition extends WrittenFile {
  /** `part-00000.parquet` and so on. */
  readonly name: string;
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

/** How many partitions by default: 128 as the guides have it, fewer where one would hold less than one shard. */
export function defaultPartitions(rows: number, samplesPerShard: number): number {
  return Math.max(1, Math.min(128, Math.floor(rows / samplesPerShard)));
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
    const slices = slicesOf(rows, parts, segment, (name) => options.finished?.(name));
    const finish = async ({ name, start, end, finished }: NamedSlice, written?: WrittenFile): Promise<Partition> => {
      const path = finished ?? pathOf(name);
      const found = (await readFooter(path)).rows;
      if (found !== end - start) throw new Error(`${name} has ${found} rows instead of ${end - start}`);
      return { name, rows: found, ...(written ?? (await syncAndDigest(path))) };
    };
    if (!context) {
      for (const slice of slices) {
        const { name, start, end, finished } = slice;
        if (finished === undefined) await reEncodeSlice(database, source, start, end, pathOf(name), style, mark);
        yield await finish(slice);
      }
      return;
    }
    const isSmall = rows <= parts * SMALL_SLICE_GROUPS * style.rowGroupRows;
    for (const batch of batches(context, slices, isSmall ? touchedGroups : straddlingGroups)) {
      const table = `prep_rows_${batch.slices[0]?.start ?? 0}`;
      const loaded = await LoadedRows.load({ database, run }, context.footer, batch.groups, table, options.signal);
      yield* inOrder(batch.slices, concurrency, async (slice) => {
        options.signal?.throwIfAborted();
        if (slice.finished !== undefined) return await finish(slice);
        const write = isSmall && slice.end > slice.start ? writeLoaded : writeCopied;
        return await finish(slice, await write(context, loaded, slice, pathOf(slice.name), mark));
      });
      await loaded.drop();
    }
  } finally {
    for (const sibling of siblings) sibling.close();
  }
}

/** What copying needs, or undefined where all slices must be re-encoded, so that they are of one kind. */
async function copyContext(
  run: RunStatement,
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

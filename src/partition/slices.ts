// Stage: partition. Which rows each partition has, and which of them are in memory together while they are cut.
import type { Slice, SliceContext } from "./cut-slice.ts";

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

/** How many bytes of row groups, as they are compressed, are loaded at a time to be encoded anew; of one slice always all. */
const BATCH_BYTES = 2 ** 26;

/** Rows [start, end) of one of `parts` slices of `rows` rows; the slices follow each other and differ by at most one row. */
export function equalSlice(rows: number, parts: number, index: number): { start: number; end: number } {
  // Exact while rows x parts stays under 2^53: 10^12 rows in 9,000 parts.
  return { start: Math.floor((rows * index) / parts), end: Math.floor((rows * (index + 1)) / parts) };
}

/** A partition's file name; five digits, more where there are more. */
export function partitionName(index: number): string {
  return `part-${String(index).padStart(5, "0")}.parquet`;
}

/** A slice that becomes a partition. */
export interface NamedSlice extends Slice {
  readonly name: string;
  /** Where an earlier start has written it whole. */
  readonly finished: string | undefined;
}

/** The slices of a segment; their rows are counted from its first one. */
export function slicesOf(
  rows: number,
  parts: number,
  { base, first, end }: OrderSegment,
  finished: (name: string) => string | undefined,
): NamedSlice[] {
  return Array.from({ length: end - first }, (_, offset) => {
    const slice = equalSlice(rows, parts, first + offset);
    const name = partitionName(first + offset);
    return { name, start: slice.start - base, end: slice.end - base, finished: finished(name) };
  });
}

/** Slices with what must be loaded for them. */
export interface Batch {
  readonly slices: NamedSlice[];
  /** The row groups to load for them, in rising order. */
  readonly groups: number[];
}

/** Slices that follow each other, as many as may have their row groups in memory together. */
export function* batches(
  context: SliceContext,
  slices: readonly NamedSlice[],
  groupsOf: (context: SliceContext, slice: Slice) => number[],
): Generator<Batch> {
  const { start, end } = context.footer.groups;
  let batch: Batch = { slices: [], groups: [] };
  let bytes = 0;
  for (const slice of slices) {
    const wanted = slice.finished === undefined ? groupsOf(context, slice) : [];
    const more = wanted.reduce((sum, group) => sum + (end[group] ?? 0) - (start[group] ?? 0), 0);
    if (bytes > 0 && bytes + more > BATCH_BYTES) {
      yield batch;
      batch = { slices: [], groups: [] };
      bytes = 0;
    }
    batch.slices.push(slice);
    // Neighbours share the group in which one ends and the other begins.
    batch.groups.push(...wanted.filter((group) => group > (batch.groups.at(-1) ?? -1)));
    bytes += more;
  }
  if (batch.slices.length > 0) yield batch;
}

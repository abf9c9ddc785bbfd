// Rows of each partition, and which row groups are in memory together during the cut.
import type { Slice, SliceContext } from "./cut-slice.ts";

/** A file that holds a part of the shuffled order. */
export interface OrderSegment {
  /** Rank of the file's first row in the whole order. A multiple of the row group's rows, so that every way of cutting agrees. */
  readonly base: number;
  /** Number of rows in the file. */
  readonly rows: number;
  /** The partitions [first, end) lie inside the file. */
  readonly first: number;
  readonly end: number;
}

/** Compressed bytes of row groups that are loaded at a time. The row groups of one slice are always loaded together. */
const BATCH_BYTES = 2 ** 26;

/** Rows [start, end) of slice `index`, if `rows` rows are cut into `parts` slices whose sizes differ by at most one row. */
export function equalSlice(rows: number, parts: number, index: number): { start: number; end: number } {
  // Exact while rows x parts stays under 2^53: 10^12 rows in 9,000 parts.
  return { start: Math.floor((rows * index) / parts), end: Math.floor((rows * (index + 1)) / parts) };
}

/** A partition's file name. The number has at least five digits. */
export function partitionName(index: number): string {
  return `part-${String(index).padStart(5, "0")}.parquet`;
}

/** A slice that becomes a partition. */
export interface NamedSlice extends Slice {
  readonly name: string;
  /** The path of the partition if an earlier start has finished it. */
  readonly finished: string | undefined;
}

/** The slices of a segment. Their rows are counted from its first row. */
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

/** Slices, and the row groups that must be loaded for them. */
export interface Batch {
  readonly slices: NamedSlice[];
  /** In rising order. */
  readonly groups: number[];
}

/** Groups neighbouring slices whose row groups may be in memory together. */
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
    // Neighbouring slices share the row group in which one ends and the other begins.
    batch.groups.push(...wanted.filter((group) => group > (batch.groups.at(-1) ?? -1)));
    bytes += more;
  }
  if (batch.slices.length > 0) yield batch;
}

// Stage: partition. One slice of the shuffled file: whole row groups are copied, the ends of its range that lie inside one are re-encoded.
import { rm } from "node:fs/promises";
import { type ParquetFooter, readFooter, schemaOf } from "../parquet/parquet-footer.ts";
import { fileToWrite, parquetFiles } from "../sql/text.ts";
import { RowGroupCopier, type WrittenFile } from "./copy-row-groups.ts";
import { type LoadedRows, withGroupsCopied } from "./loaded-rows.ts";
import { syncAndDigest } from "./re-encode-slice.ts";
import { type ParquetStyle, parquetOptions } from "./shuffle.ts";
import type { RunStatement } from "./side-by-side.ts";

/** What all slices of a file have in common. */
export interface SliceContext {
  readonly footer: ParquetFooter;
  readonly style: ParquetStyle;
  readonly run: RunStatement;
  readonly signal?: AbortSignal | undefined;
}

/** Rows [start, end) of a file. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** A part of a slice: whole row groups [first, end), or rows of group `first` alone. */
interface Segment {
  readonly first: number;
  readonly end: number;
  readonly rows?: Slice;
}

/** The row groups that the ends of a slice cut in two. */
export function straddlingGroups({ footer }: SliceContext, slice: Slice): number[] {
  return [...segments(footer, slice)].filter(({ rows }) => rows).map(({ first }) => first);
}

/** All row groups of which a slice has rows. */
export function touchedGroups({ footer }: SliceContext, { start, end }: Slice): number[] {
  const first = groupOf(footer.groups.firstRow, start);
  return end > start ? Array.from({ length: groupOf(footer.groups.firstRow, end - 1) + 1 - first }, (_, index) => first + index) : [];
}

/**
 * Writes a slice of at most one row group, all of whose rows are loaded, as a parquet file with the mark in its footer,
 * synced to the disk: cheaper than copying, since both of its ends cost a statement, too.
 */
export async function writeLoaded(rows: LoadedRows, slice: Slice, path: string, style: ParquetStyle, mark: string): Promise<WrittenFile> {
  await rows.write(slice.start, slice.end, path, parquetOptions(style, mark));
  return { rows: slice.end - slice.start, ...(await syncAndDigest(path)) };
}

/** Writes a slice, whose straddling row groups are loaded, as a parquet file with the mark in its footer, synced to the disk. */
export async function writeCopied(
  context: SliceContext,
  loaded: LoadedRows,
  slice: Slice,
  path: string,
  mark: string,
): Promise<WrittenFile> {
  const { footer, style, signal } = context;
  const copier = await RowGroupCopier.create(path, footer, signal);
  // The copier reads the pieces' footers when it finishes.
  const pieces: string[] = [];
  try {
    for (const { first, end, rows } of segments(footer, slice)) {
      if (!rows) await copier.append(footer, first, end);
      else {
        // Beside the source, and no other slice's: each has a first row of its own.
        const piece = `${footer.path}.rows-${rows.start}`;
        pieces.push(piece);
        await loaded.write(rows.start, rows.end, piece, parquetOptions({ ...style, rowGroupRows: rows.end - rows.start }));
        const written = await readFooter(piece);
        await copier.append(written, 0, written.groups.count);
      }
    }
    const written = await copier.finish({ key: "prep", value: mark });
    await copier.sync();
    return written;
  } finally {
    await copier.close();
    for (const piece of pieces) await rm(piece, { force: true });
  }
}

/** Whether DuckDB writes what it reads from this file with the very same schema, so that its pieces fit between copied row groups. */
export async function keepsSchema({ footer, style, run, signal }: SliceContext): Promise<boolean> {
  if (footer.groups.count === 0) return true;
  return await withGroupsCopied(footer, [0], `${footer.path}.first`, signal, async (first) => {
    const piece = `${footer.path}.schema`;
    try {
      await run(`COPY (FROM ${parquetFiles(first)} LIMIT 0) TO ${fileToWrite(piece)} ${parquetOptions(style)}`);
      return Buffer.compare(schemaOf(await readFooter(piece)), schemaOf(footer)) === 0;
    } finally {
      await rm(piece, { force: true });
    }
  });
}

function* segments({ groups }: ParquetFooter, { start, end }: Slice): Generator<Segment> {
  const { firstRow } = groups;
  for (let group = groupOf(firstRow, start), row = start; row < end; ) {
    const from = firstRow[group] ?? 0;
    const to = firstRow[group + 1] ?? end;
    if (row > from || end < to) {
      yield { first: group, end: group + 1, rows: { start: row, end: Math.min(end, to) } };
      group++;
    } else {
      const first = group;
      while (group < groups.count && (firstRow[group + 1] ?? 0) <= end) group++;
      yield { first, end: group };
    }
    row = firstRow[group] ?? end;
  }
}

/** The row group that holds a row, by bisection. */
function groupOf(firstRow: Float64Array, row: number): number {
  let low = 0;
  for (let high = firstRow.length - 1; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if ((firstRow[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}

// Stage: partition. One slice of the shuffled file: whole row groups are copied, the ends of its range that lie inside one are re-encoded.
import { rm } from "node:fs/promises";
import { type ParquetFooter, readFooter, schemaOf } from "../parquet/parquet-footer.ts";
import { quoteText } from "../sql/text.ts";
import { RowGroupCopier, type WrittenFile } from "./copy-row-groups.ts";
import { syncAndDigest } from "./re-encode-slice.ts";
import { type ParquetStyle, parquetOptions } from "./shuffle.ts";

/** What all slices of a file have in common. */
export interface SliceContext {
  readonly footer: ParquetFooter;
  readonly style: ParquetStyle;
  /** Runs one statement. */
  readonly run: (sql: string) => Promise<number>;
  readonly signal?: AbortSignal | undefined;
}

/** A part of a slice: whole row groups [first, end), or rows [from, to) of group `first` alone. */
interface Segment {
  readonly first: number;
  readonly end: number;
  readonly rows?: { readonly from: number; readonly to: number };
}

/**
 * Writes rows [start, end) as a parquet file with the mark in its footer, synced to the disk, in one statement: cheaper
 * than copying where a slice has only a few row groups, since both of its ends cost a statement, too.
 */
export async function reEncodeGroups(context: SliceContext, start: number, end: number, path: string, mark: string): Promise<WrittenFile> {
  const { firstRow } = context.footer.groups;
  const first = groupOf(firstRow, start);
  const base = firstRow[first] ?? 0;
  const options = parquetOptions(context.style, mark);
  await copyRows(context, { first, end: groupOf(firstRow, end - 1) + 1 }, { from: start - base, to: end - base }, path, options);
  return { rows: end - start, ...(await syncAndDigest(path)) };
}

/** Writes rows [start, end) as a parquet file with the mark in its footer, synced to the disk. */
export async function writeSlice(context: SliceContext, start: number, end: number, path: string, mark: string): Promise<WrittenFile> {
  const copier = await RowGroupCopier.create(path, context.footer, context.signal);
  // The copier reads the pieces' footers when it finishes.
  const pieces: string[] = [];
  try {
    for (const { first, end: last, rows } of segments(context.footer, start, end)) {
      if (!rows) await copier.append(context.footer, first, last);
      else {
        const piece = piecePath(context.footer, first, rows.from);
        pieces.push(piece);
        await writePiece(context, first, rows.from, rows.to, piece);
        const footer = await readFooter(piece);
        await copier.append(footer, 0, footer.groups.count);
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
export async function keepsSchema(context: SliceContext): Promise<boolean> {
  if (context.footer.groups.count === 0) return true;
  const piece = piecePath(context.footer, 0, 0);
  try {
    await writePiece(context, 0, 0, 0, piece);
    return Buffer.compare(schemaOf(await readFooter(piece)), schemaOf(context.footer)) === 0;
  } finally {
    await rm(piece, { force: true });
  }
}

function* segments({ groups }: ParquetFooter, start: number, end: number): Generator<Segment> {
  const { firstRow } = groups;
  for (let group = groupOf(firstRow, start), row = start; row < end; ) {
    const from = firstRow[group] ?? 0;
    const to = firstRow[group + 1] ?? end;
    if (row > from || end < to) {
      yield { first: group, end: group + 1, rows: { from: row - from, to: Math.min(end, to) - from } };
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

/** Beside the source, and no other slice's: each has a first row of its own. */
function piecePath({ path, groups }: ParquetFooter, group: number, from: number): string {
  return `${path}.rows-${(groups.firstRow[group] ?? 0) + from}`;
}

/** Re-encodes rows [from, to) of a row group as a file of their own. */
async function writePiece(context: SliceContext, group: number, from: number, to: number, path: string): Promise<void> {
  const options = parquetOptions({ ...context.style, rowGroupRows: Math.max(1, to - from) });
  await copyRows(context, { first: group, end: group + 1 }, { from, to }, path, options);
}

/** Re-encodes rows [from, to), counted from the first of these row groups. */
async function copyRows(
  { footer, signal, run }: SliceContext,
  groups: { readonly first: number; readonly end: number },
  { from, to }: { readonly from: number; readonly to: number },
  path: string,
  options: string,
): Promise<void> {
  // DuckDB parses the whole footer of what it reads, so it gets the row groups as a file of their own instead of the huge one.
  const whole = `${path}.whole`;
  try {
    const copier = await RowGroupCopier.create(whole, footer, signal);
    try {
      await copier.append(footer, groups.first, groups.end);
      await copier.finish();
    } finally {
      await copier.close();
    }
    // OFFSET counts in the file's order; file_row_number could be a user's column.
    const rows = `SELECT * FROM read_parquet(${quoteText(whole)}) LIMIT ${to - from} OFFSET ${from}`;
    await run(`COPY (${rows}) TO ${quoteText(path)} ${options}`);
  } finally {
    await rm(whole, { force: true });
  }
}

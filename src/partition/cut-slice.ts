// One slice of the sorted file: whole row groups are copied, all other rows are encoded anew.
import { rm } from "node:fs/promises";
import { type ParquetFooter, readFooter, schemaOf } from "../parquet/parquet-footer.ts";
import type { Database } from "../sql/database.ts";
import { fileToWrite, parquetFiles } from "../sql/text.ts";
import { RowGroupCopier, type WrittenFile } from "./copy-row-groups.ts";
import { hidesRowid, LoadedRows, withGroupsCopied } from "./loaded-rows.ts";
import { syncAndDigest } from "./re-encode-slice.ts";
import { loneGroupOptions, type ParquetStyle, parquetOptions } from "./shuffle.ts";
import type { RunStatement } from "./side-by-side.ts";

/** What all slices of a file have in common. */
export interface SliceContext {
  readonly footer: ParquetFooter;
  readonly style: ParquetStyle;
  /** Where the whole order ends, in rows from the file's first. */
  readonly orderEnd: number;
  readonly isRowidHidden: boolean;
  readonly run: RunStatement;
  readonly signal?: AbortSignal | undefined;
}

/** Rows [start, end) of a file. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/**
 * A part of a slice that lies in one tile. The order's tiles have as many rows as a row group should have: a partition's
 * row groups are the tiles inside it and what it has of those at its ends, wherever the file's own row groups begin.
 */
interface Piece extends Slice {
  /** Whether it is the whole tile. */
  readonly isTile: boolean;
  /** The row group that has exactly these rows, to be copied. */
  readonly group: number | undefined;
}

/** How many bytes of row groups are loaded at a time, as they are compressed, where the file's are not the tiles. */
const WINDOW_BYTES = 2 ** 24;

/** The row groups that hold the tiles which the ends of a slice cut in two. */
export function straddlingGroups(context: SliceContext, slice: Slice): number[] {
  const groups = [...pieces(context, slice)].filter(({ isTile }) => !isTile).flatMap((piece) => touchedGroups(context, piece));
  return groups.filter((group, index) => group !== groups[index - 1]);
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
  await rows.write(slice.start, slice.end, path, loneGroupOptions(style, mark));
  return { rows: slice.end - slice.start, ...(await syncAndDigest(path)) };
}

/**
 * Writes a slice as a parquet file with the mark in its footer, synced to the disk; the row groups at its ends, as
 * `straddlingGroups` names them, are loaded.
 */
export async function writeCopied(context: SliceContext, ends: LoadedRows, slice: Slice, path: string, mark: string): Promise<WrittenFile> {
  const { footer, signal } = context;
  const copier = await RowGroupCopier.create(path, footer, signal);
  // The copier reads the pieces' footers when it finishes.
  const written: string[] = [];
  const append = async (loaded: LoadedRows, piece: Piece) => {
    // Beside the source, and no other slice's: each has a first row of its own.
    const file = `${footer.path}.rows-${piece.start}`;
    written.push(file);
    await appendAnew(context, copier, loaded, piece, file);
  };
  try {
    for (const run of runs(context, slice)) {
      const [first] = run;
      if (first?.group !== undefined) await copier.append(footer, first.group, first.group + run.length);
      else if (first?.isTile) {
        const groups = touchedGroups(context, { start: first.start, end: run.at(-1)?.end ?? first.end });
        const tiles = await LoadedRows.load(context, groups, `prep_tiles_${first.start}`);
        for (const piece of run) await append(tiles, piece);
        await tiles.drop();
      } else for (const piece of run) await append(ends, piece);
    }
    const file = await copier.finish({ key: "prep", value: mark });
    await copier.sync();
    return file;
  } finally {
    await copier.close();
    for (const file of written) await rm(file, { force: true });
  }
}

/** Encodes loaded rows as a row group in a file of its own and appends that. */
async function appendAnew(
  { style }: SliceContext,
  copier: RowGroupCopier,
  loaded: LoadedRows,
  { start, end, isTile }: Piece,
  file: string,
): Promise<void> {
  await loaded.write(start, end, file, loneGroupOptions(isTile ? style : { ...style, rowGroupRows: end - start }));
  const footer = await readFooter(file);
  await copier.append(footer, 0, footer.groups.count);
}

/** What a file's first row group tells of all: whether pieces of it fit between copied row groups, and which names are taken. */
export async function readHead(
  database: Database,
  footer: ParquetFooter,
  style: ParquetStyle,
  signal: AbortSignal | undefined,
): Promise<{ readonly keepsSchema: boolean; readonly isRowidHidden: boolean }> {
  if (footer.groups.count === 0) return { keepsSchema: true, isRowidHidden: false };
  return await withGroupsCopied(footer, [0], `${footer.path}.first`, signal, async (first) => {
    const piece = `${footer.path}.schema`;
    try {
      await database.run(`COPY (FROM ${parquetFiles(first)} LIMIT 0) TO ${fileToWrite(piece)} ${parquetOptions(style)}`);
      const keepsSchema = Buffer.compare(schemaOf(await readFooter(piece)), schemaOf(footer)) === 0;
      return { keepsSchema, isRowidHidden: hidesRowid(await database.columns(`FROM ${parquetFiles(first)}`)) };
    } finally {
      await rm(piece, { force: true });
    }
  });
}

function* pieces({ footer, style, orderEnd }: SliceContext, { start, end }: Slice): Generator<Piece> {
  const { firstRow } = footer.groups;
  for (let row = start; row < end; ) {
    const tile = row - (row % style.rowGroupRows);
    const tileEnd = Math.min(tile + style.rowGroupRows, orderEnd);
    const next = Math.min(tileEnd, end);
    const isTile = row === tile && next === tileEnd;
    const group = groupOf(firstRow, row);
    const isGroup = isTile && firstRow[group] === row && firstRow[group + 1] === next;
    yield { start: row, end: next, isTile, group: isGroup ? group : undefined };
    row = next;
  }
}

/** Pieces that follow each other and are of one kind; of those to be encoded as many as are loaded together. */
function* runs(context: SliceContext, slice: Slice): Generator<Piece[]> {
  const { start, end } = context.footer.groups;
  let run: Piece[] = [];
  let bytes = 0;
  for (const piece of pieces(context, slice)) {
    const [first] = run;
    const isAlike = first?.isTile === piece.isTile && (first.group === undefined) === (piece.group === undefined);
    const more =
      piece.group === undefined ? touchedGroups(context, piece).reduce((sum, at) => sum + (end[at] ?? 0) - (start[at] ?? 0), 0) : 0;
    if (first && (!isAlike || bytes + more > WINDOW_BYTES)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(piece);
    bytes += more;
  }
  if (run.length > 0) yield run;
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

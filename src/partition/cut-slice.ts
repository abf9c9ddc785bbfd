// Writes one slice of the sorted file: copies whole row groups and encodes all other rows again.
import { rm } from "node:fs/promises";
import { type ParquetFooter, readFooter, schemaOf } from "../parquet/parquet-footer.ts";
import type { Database } from "../sql/database.ts";
import { fileToWrite, parquetFiles } from "../sql/text.ts";
import { RowGroupCopier, type WrittenFile } from "./copy-row-groups.ts";
import { hidesRowid, LoadedRows, withGroupsCopied } from "./loaded-rows.ts";
import { syncAndDigest } from "./re-encode-slice.ts";
import { loneGroupOptions, type ParquetStyle, parquetOptions } from "./shuffle.ts";
import type { RunStatement } from "./side-by-side.ts";

/** What all slices of a file share. */
export interface SliceContext {
  readonly footer: ParquetFooter;
  readonly style: ParquetStyle;
  /** End of the whole order, in rows from the first row of the file. */
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
 * The part of a slice that lies in one tile. Tiles divide the whole order into runs of `rowGroupRows` rows. The row groups of a
 * partition are the tiles inside it and its parts of the tiles at its ends, wherever the row groups of the file begin.
 */
interface Piece extends Slice {
  /** Whether the piece is the whole tile. */
  readonly isTile: boolean;
  /** The row group that holds exactly these rows and can be copied; undefined if there is none. */
  readonly group: number | undefined;
}

/** Compressed bytes of row groups that are loaded at a time if the file's row groups are not the tiles. */
const WINDOW_BYTES = 2 ** 24;

/** The row groups with rows of those tiles that the ends of a slice divide. */
export function straddlingGroups(context: SliceContext, slice: Slice): number[] {
  const groups = [...pieces(context, slice)].filter(({ isTile }) => !isTile).flatMap((piece) => touchedGroups(context, piece));
  return groups.filter((group, index) => group !== groups[index - 1]);
}

/** All row groups that share a row with a slice. */
export function touchedGroups({ footer }: SliceContext, { start, end }: Slice): number[] {
  const first = groupOf(footer.groups.firstRow, start);
  return end > start ? Array.from({ length: groupOf(footer.groups.firstRow, end - 1) + 1 - first }, (_, index) => first + index) : [];
}

/**
 * Writes a slice of at most one row group as a parquet file with the mark in its footer, and syncs it to the disk. All its rows
 * must be loaded. This is cheaper than copying, where each end of the slice costs a statement as well.
 */
export async function writeLoaded(rows: LoadedRows, slice: Slice, path: string, style: ParquetStyle, mark: string): Promise<WrittenFile> {
  await rows.write(slice.start, slice.end, path, loneGroupOptions(style, mark));
  return { rows: slice.end - slice.start, ...(await syncAndDigest(path)) };
}

/**
 * Writes a slice as a parquet file with the mark in its footer, and syncs it to the disk. The row groups that `straddlingGroups`
 * returns must be loaded in `ends`.
 */
export async function writeCopied(context: SliceContext, ends: LoadedRows, slice: Slice, path: string, mark: string): Promise<WrittenFile> {
  const { footer, signal } = context;
  const copier = await RowGroupCopier.create(path, footer, signal);
  // Kept until the copier has finished, because it reads their footers again then.
  const written: string[] = [];
  const append = async (loaded: LoadedRows, piece: Piece) => {
    // The first row makes the name unique: no other slice has it.
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

/** Encodes loaded rows as one row group in a file of its own and appends it. */
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

/** Learns from the first row group whether encoded pieces fit between copied row groups, and whether a column hides `rowid`. */
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

/** Groups neighbouring pieces of one kind. Tiles that must be encoded come in runs that are loaded together. */
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

/** Finds the row group that holds a row, by bisection. */
function groupOf(firstRow: Float64Array, row: number): number {
  let low = 0;
  for (let high = firstRow.length - 1; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if ((firstRow[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}

// Lays out rows for people: as a table that fits the terminal, or else one line for each value.
import { cellText, fitted, widthOf } from "./cell-text.ts";

/** A column's name, and DuckDB's name for its type. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
}

/** Narrowest useful column. */
const MIN_COLUMNS = 6;

const GAP = " │ ";

/**
 * The lines of a table: names, types, a rule, the rows. If it is wider than `columns` (undefined: no limit), the widest columns
 * shrink first. If all columns would be narrower than six, every row becomes a block of `name = value` lines.
 */
export function tableLines(
  heads: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
  columns: number | undefined,
): string[] {
  const cells = rows.map((row) => row.map(cellText));
  const natural = heads.map(({ name, type }, index) =>
    Math.max(widthOf(cellText(name)), widthOf(shortType(type)), ...cells.map((row) => widthOf(row[index] ?? ""))),
  );
  const widths = columns === undefined ? natural : shrunk(natural, columns - GAP.length * (heads.length - 1));
  if (!widths) return blockLines(heads, rows, columns);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => fitted(text, widths[index] ?? 0, isNumber(heads[index]?.type ?? "")))
      .join(GAP)
      .trimEnd();
  return [
    line(heads.map(({ name }) => cellText(name))),
    line(heads.map(({ type }) => shortType(type))),
    widths.map((width) => "─".repeat(width)).join("─┼─"),
    ...cells.map(line),
  ];
}

/** One `name = value` line for each value, and an empty line between rows. */
export function blockLines(
  heads: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
  columns: number | undefined,
): string[] {
  const names = heads.map(({ name }) => cellText(name));
  const width = Math.min(Math.max(0, ...names.map(widthOf)), columns === undefined ? 200 : Math.max(8, Math.floor(columns / 3)));
  return rows.flatMap((row, number) => [
    ...(number > 0 ? [""] : []),
    ...row.map((value, index) => {
      const text = `${fitted(names[index] ?? "", width, true)} = ${cellText(value)}`;
      return columns !== undefined && widthOf(text) > columns ? fitted(text, columns).trimEnd() : text;
    }),
  ]);
}

/** Widths that together fit into `room`; undefined if columns would be too narrow. */
function shrunk(natural: readonly number[], room: number): number[] | undefined {
  const total = natural.reduce((sum, width) => sum + width, 0);
  if (total <= room) return [...natural];
  if (natural.reduce((sum, width) => sum + Math.min(width, MIN_COLUMNS), 0) > room) return undefined;
  // Find the largest limit that fits. Columns below it keep their width.
  let limit = MIN_COLUMNS;
  while (natural.reduce((sum, width) => sum + Math.min(width, limit + 1), 0) <= room) limit += 1;
  return natural.map((width) => Math.min(width, limit));
}

function isNumber(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);
}

function shortType(type: string): string {
  return cellText(type.length > 20 ? `${type.slice(0, 19)}…` : type).toLowerCase();
}

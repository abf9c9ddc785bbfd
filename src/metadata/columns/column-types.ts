// Checks stored column types: notices for mixed types, refusal of too wide decimals.
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";
import type { Database } from "../../sql/database.ts";
import { filesToRead, fileToRead } from "../../sql/text.ts";

/** The type of a column in some files. */
export interface TypeShare {
  readonly name: string;
  readonly type: string;
  readonly files: number;
  /** The name of one of these files. */
  readonly example: string;
}

/** A notice for each column that has more than one type, in the order of the columns. */
export function mixedTypeNotices(shares: readonly TypeShare[]): string[] {
  const byName = new Map<string, TypeShare[]>();
  for (const share of shares) {
    const known = byName.get(share.name.toLowerCase()) ?? [];
    const same = known.findIndex(({ type }) => type === share.type);
    if (same < 0) known.push(share);
    else known[same] = { ...share, files: share.files + (known[same]?.files ?? 0), example: known[same]?.example ?? share.example };
    byName.set(share.name.toLowerCase(), known);
  }
  return [...byName.values()].flatMap((known) => {
    if (known.length < 2) return [];
    const parts = known.map(({ type, files, example }) => `${type} in ${plural(files, "file")} (${example})`);
    return [`the column ${known[0]?.name} has different types: ${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`];
  });
}

/** The most digits of DuckDB's DECIMAL. From wider decimals it silently makes other numbers. */
const MAX_DIGITS = 38;

/**
 * Throws InputError for the first column that holds, at any depth, decimals of more than `MAX_DIGITS` digits. `wanted` are the
 * columns that are read, in any case; without it all columns are read.
 */
export async function refuseWideDecimals(database: Database, paths: readonly string[], wanted?: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const names = wanted && new Set(wanted.map((name) => name.toLowerCase()));
  const affected = await database.rows(
    `SELECT DISTINCT file_name AS path FROM parquet_schema(${filesToRead(paths)}) WHERE precision > ${MAX_DIGITS} ORDER BY path`,
  );
  for (const { path } of affected) {
    const column = (await wideColumns(database, String(path))).find(({ name }) => !names || names.has(name.toLowerCase()));
    if (!column) continue;
    throw new InputError(
      `${String(path)}: the column ${column.name} holds DECIMAL(${column.precision},${column.scale}), but at most ${MAX_DIGITS} digits can be read exactly`,
      `Rewrite the file with this column as text, as a decimal of ${MAX_DIGITS} digits, or without it.`,
    );
  }
}

async function wideColumns(database: Database, path: string): Promise<{ name: string; precision: number; scale: number }[]> {
  const nodes = await database.rows(
    `SELECT name, num_children AS children, precision, scale FROM parquet_schema(${fileToRead(path)}) ORDER BY column_id`,
  );
  const found: { name: string; precision: number; scale: number }[] = [];
  let column = "";
  // How many of the next nodes belong to the column. The first node is the table itself.
  let pending = 0;
  for (const { name, children, precision, scale } of nodes.slice(1)) {
    if (pending === 0) column = String(name);
    else pending -= 1;
    pending += Number(children ?? 0);
    if (Number(precision ?? 0) > MAX_DIGITS) found.push({ name: column, precision: Number(precision), scale: Number(scale ?? 0) });
  }
  return found;
}

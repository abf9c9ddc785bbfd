// Before parquet is read: decimals of more digits than DuckDB has, of which it makes other numbers without a word.
import { InputError } from "../../core/errors.ts";
import type { Database } from "../../sql/database.ts";
import { filesToRead, fileToRead } from "../../sql/text.ts";

/** The most digits of a DECIMAL. */
const MAX_DIGITS = 38;

/**
 * Throws InputError for the first column, at whatever depth, that holds decimals of more than 38 digits. `wanted` are the
 * columns that are read, in any letters; without it all are.
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
      `${String(path)}: the column ${column.name} holds DECIMAL(${column.precision},${column.scale}), and no more than ${MAX_DIGITS} digits can be read exactly`,
      `Write the file anew with it as text, as a decimal of ${MAX_DIGITS} digits, or without it.`,
    );
  }
}

async function wideColumns(database: Database, path: string): Promise<{ name: string; precision: number; scale: number }[]> {
  const nodes = await database.rows(
    `SELECT name, num_children AS children, precision, scale FROM parquet_schema(${fileToRead(path)}) ORDER BY column_id`,
  );
  const found: { name: string; precision: number; scale: number }[] = [];
  let column = "";
  // Nodes that still belong to the column; the first of all is the table itself.
  let pending = 0;
  for (const { name, children, precision, scale } of nodes.slice(1)) {
    if (pending === 0) column = String(name);
    else pending -= 1;
    pending += Number(children ?? 0);
    if (Number(precision ?? 0) > MAX_DIGITS) found.push({ name: column, precision: Number(precision), scale: Number(scale ?? 0) });
  }
  return found;
}

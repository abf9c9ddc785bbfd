// Writes the parquet file beside a shard: every input row with its own columns and its outcome.
import type { Database } from "../sql/database.ts";
import { fileToWrite, quoteName } from "../sql/text.ts";
import type { ManifestRow } from "./manifest-row.ts";
import { type SidecarColumn, type SidecarShape, sidecarColumns } from "./sidecar-columns.ts";

/** An input column and its name in the sidecar. */
export interface CarriedColumn {
  readonly source: string;
  readonly name: string;
}

/** Where a sidecar is written, and from which input rows. */
export interface SidecarOptions {
  readonly path: string;
  /** SQL of a relation with the input rows. */
  readonly rows: string;
  /** The relation's column with the row's position in the shard, from 0. */
  readonly positionColumn: string;
  /** Input columns in the order in which the sidecar has them: additional columns, caption, url. */
  readonly columns: readonly CarriedColumn[];
  readonly shape: SidecarShape;
}

let tables = 0;

/**
 * Writes the sidecar in key order. Input columns keep their exact types because they never leave DuckDB. Throws SqlError,
 * for example if the disk is full; the file may then be incomplete.
 */
export async function writeSidecar(database: Database, manifest: readonly ManifestRow[], options: SidecarOptions): Promise<void> {
  const columns = sidecarColumns(options.shape);
  // A worker has several shards open on one database.
  const table = `prep_outcomes_${tables++}`;
  const definitions = columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  await database.run(`CREATE TABLE ${table} (row_index INTEGER, ${definitions.join(", ")})`);
  try {
    await database.append(
      table,
      manifest.map((row) => [row.index, ...columns.map((column) => storedValue(column, row))]),
    );
    const list = [
      ...options.columns.map(({ source, name }) => `i.${quoteName(source)} AS ${quoteName(name)}`),
      ...columns.map(({ name }) => `o.${quoteName(name)}`),
    ].join(", ");
    await database.run(
      `COPY (SELECT ${list} FROM ${options.rows} AS i JOIN ${table} AS o ON o.row_index = i.${options.positionColumn} ORDER BY o.row_index)
       TO ${fileToWrite(options.path)} (FORMAT parquet, COMPRESSION snappy)`,
    );
  } finally {
    await database.run(`DROP TABLE ${table}`);
  }
}

function storedValue({ type, field, value }: SidecarColumn, row: ManifestRow): string | number | bigint | null {
  const plain = value ? value(row) : field === undefined ? null : (row[field] ?? null);
  return type === "BIGINT" && typeof plain === "number" ? BigInt(plain) : plain;
}

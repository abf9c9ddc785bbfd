// Stage: manifest. The parquet beside a shard: one row for every input row, its own columns and what became of it.
import type { Database } from "../sql/database.ts";
import { fileToWrite, quoteName } from "../sql/text.ts";
import { errorMessageOf, type ManifestRow, statusOf } from "./manifest-row.ts";

/** An input column and the name that it has in the sidecar. */
export interface CarriedColumn {
  readonly source: string;
  readonly name: string;
}

/** What a sidecar is made of. */
export interface SidecarOptions {
  readonly path: string;
  /** SQL of a relation with the input rows. */
  readonly rows: string;
  /** Its column with their position in the shard, from 0. */
  readonly positionColumn: string;
  /** In the order in which the sidecar has them: additional columns, caption, url. */
  readonly columns: readonly CarriedColumn[];
  readonly withExif: boolean;
  /** Name of the digest's column, if there is one. */
  readonly digestColumn: string | undefined;
  /** Whether samples are stored elsewhere, so that digests of them belong here. */
  readonly withSampleDigest: boolean;
}

/** The peer's fixed columns with its types, then ours. */
const COLUMNS = `row_index INTEGER, key VARCHAR, status VARCHAR, error_message VARCHAR, width INTEGER, height INTEGER,
  original_width INTEGER, original_height INTEGER, exif VARCHAR, digest VARCHAR, outcome VARCHAR, detail VARCHAR,
  http_status SMALLINT, attempts SMALLINT, downloaded_bytes BIGINT, stored_bytes BIGINT, source_format VARCHAR, fetch_ms INTEGER,
  sample_digest VARCHAR`;

let tables = 0;

/** Writes the sidecar in key order; its input columns keep their exact types because they never leave DuckDB. */
export async function writeSidecar(database: Database, manifest: readonly ManifestRow[], options: SidecarOptions): Promise<void> {
  // Two shards are in work at a time on one database.
  const table = `prep_outcomes_${tables++}`;
  await database.run(`CREATE TABLE ${table} (${COLUMNS})`);
  try {
    await database.append(table, manifest.map(toRow));
    const carried = options.columns.map(({ source, name }) => `i.${quoteName(source)} AS ${quoteName(name)}`);
    const fixed = ["key", "status", "error_message", "width", "height", "original_width", "original_height"];
    if (options.withExif) fixed.push("exif");
    const list = [
      ...carried,
      ...fixed.map((name) => `o.${name}`),
      ...(options.digestColumn ? [`o.digest AS ${quoteName(options.digestColumn)}`] : []),
      ..."outcome detail http_status attempts downloaded_bytes stored_bytes source_format fetch_ms".split(" ").map((name) => `o.${name}`),
      ...(options.withSampleDigest ? ["o.sample_digest"] : []),
    ].join(", ");
    await database.run(
      `COPY (SELECT ${list} FROM ${options.rows} AS i JOIN ${table} AS o ON o.row_index = i.${options.positionColumn} ORDER BY o.row_index)
       TO ${fileToWrite(options.path)} (FORMAT parquet, COMPRESSION snappy)`,
    );
  } finally {
    await database.run(`DROP TABLE ${table}`);
  }
}

function toRow(row: ManifestRow): (string | number | bigint | null)[] {
  return [
    row.index,
    row.key,
    statusOf(row.outcome),
    errorMessageOf(row),
    row.width ?? null,
    row.height ?? null,
    row.originalWidth ?? null,
    row.originalHeight ?? null,
    row.exif ?? null,
    row.digest ?? null,
    row.outcome,
    row.detail ?? null,
    row.httpStatus ?? null,
    row.attempts,
    row.downloadedBytes === undefined ? null : BigInt(row.downloadedBytes),
    row.storedBytes === undefined ? null : BigInt(row.storedBytes),
    row.sourceFormat ?? null,
    Math.round(row.fetchMs),
    row.sampleDigest ?? null,
  ];
}

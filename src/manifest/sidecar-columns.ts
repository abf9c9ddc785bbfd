// The columns that a sidecar adds to the input's; writer, reader and documents follow this list.
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from "./digest.ts";
import { errorMessageOf, type ManifestRow, statusOf } from "./manifest-row.ts";

/** Which of the optional columns a sidecar has. */
export interface SidecarShape {
  readonly withExif: boolean;
  readonly digest: DigestAlgorithm | undefined;
  /** Whether samples are stored elsewhere, so that digests of them belong here. */
  readonly withSampleDigest: boolean;
}

/** A column of a sidecar. */
export interface SidecarColumn {
  readonly name: string;
  /** Its type in SQL, and so in parquet. */
  readonly type: "VARCHAR" | "SMALLINT" | "INTEGER" | "BIGINT";
  /** The field of a row that it stores and is read back into. Undefined if other columns say the same. */
  readonly field?: keyof ManifestRow;
  /** Its value, if that is not the field as it is. */
  readonly value?: (row: ManifestRow) => string | number | null;
  /** Whether a sidecar of this shape has it; every sidecar if left out. */
  readonly isIn?: (shape: SidecarShape) => boolean;
  /** Whether img2dataset has it too, with the same meaning. */
  readonly isPeers: boolean;
  /** One sentence for the documents. */
  readonly meaning: string;
}

/** All columns in their order: img2dataset's with its types, then ours. */
export const SIDECAR_COLUMNS: readonly SidecarColumn[] = [
  { name: "key", type: "VARCHAR", field: "key", isPeers: true, meaning: "The shard's number and the row's place in it." },
  {
    name: "status",
    type: "VARCHAR",
    value: (row) => statusOf(row.outcome),
    isPeers: true,
    meaning: "`success`, `failed_to_download` or `failed_to_resize`.",
  },
  {
    name: "error_message",
    type: "VARCHAR",
    value: errorMessageOf,
    isPeers: true,
    meaning: "img2dataset's text for the failure; NULL for a success.",
  },
  { name: "width", type: "INTEGER", field: "width", isPeers: true, meaning: "Width of the stored image in pixels." },
  { name: "height", type: "INTEGER", field: "height", isPeers: true, meaning: "Height of the stored image in pixels." },
  { name: "original_width", type: "INTEGER", field: "originalWidth", isPeers: true, meaning: "Width of the downloaded image in pixels." },
  {
    name: "original_height",
    type: "INTEGER",
    field: "originalHeight",
    isPeers: true,
    meaning: "Height of the downloaded image in pixels.",
  },
  {
    name: "exif",
    type: "VARCHAR",
    field: "exif",
    isIn: ({ withExif }) => withExif,
    isPeers: true,
    meaning: "EXIF tags as JSON, with `--extract-exif`.",
  },
  ...DIGEST_ALGORITHMS.map(
    (algorithm): SidecarColumn => ({
      name: algorithm,
      type: "VARCHAR",
      field: "digest",
      isIn: ({ digest }) => digest === algorithm,
      isPeers: true,
      meaning: `Hex digest of the downloaded bytes, with \`--compute-hash ${algorithm}\`.`,
    }),
  ),
  { name: "outcome", type: "VARCHAR", field: "outcome", isPeers: false, meaning: "One of the [outcome codes](outcomes.md)." },
  {
    name: "detail",
    type: "VARCHAR",
    field: "detail",
    isPeers: false,
    meaning: "The server's or the library's own words for a failure, if there are any.",
  },
  {
    name: "http_status",
    type: "SMALLINT",
    field: "httpStatus",
    isPeers: false,
    meaning: "The last HTTP status; NULL if no server answered.",
  },
  { name: "attempts", type: "SMALLINT", field: "attempts", isPeers: false, meaning: "How many times the URL was requested." },
  {
    name: "downloaded_bytes",
    type: "BIGINT",
    field: "downloadedBytes",
    isPeers: false,
    meaning: "Bytes of the downloaded body; NULL if the download failed.",
  },
  { name: "stored_bytes", type: "BIGINT", field: "storedBytes", isPeers: false, meaning: "Bytes of the stored image; NULL for a failure." },
  {
    name: "source_format",
    type: "VARCHAR",
    field: "sourceFormat",
    isPeers: false,
    meaning: "Format of the downloaded image, by its content.",
  },
  {
    name: "fetch_ms",
    type: "INTEGER",
    field: "fetchMs",
    value: ({ fetchMs }) => Math.round(fetchMs),
    isPeers: false,
    meaning: "Milliseconds spent in attempts; waits for the host, for memory and between attempts are left out.",
  },
  {
    name: "sample_digest",
    type: "VARCHAR",
    field: "sampleDigest",
    isIn: ({ withSampleDigest }) => withSampleDigest,
    isPeers: false,
    meaning: "First 16 hex digits of a SHA-256 over the stored sample, which finds whole samples in a damaged shard.",
  },
];

/** The columns of a sidecar of this shape, in their order. */
export function sidecarColumns(shape: SidecarShape): SidecarColumn[] {
  return SIDECAR_COLUMNS.filter(({ isIn }) => isIn?.(shape) ?? true);
}

/** Names that sidecars and a sample's JSON use themselves. A metadata column of such a name is carried as `metadata_NAME`. */
export const RESERVED_COLUMNS: ReadonlySet<string> = new Set(SIDECAR_COLUMNS.map(({ name }) => name));

/** The name under which a sample carries a metadata column. */
export function carriedName(column: string): string {
  return RESERVED_COLUMNS.has(column.toLowerCase()) ? `metadata_${column}` : column;
}

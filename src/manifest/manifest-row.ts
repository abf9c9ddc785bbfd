// The record of one input row, packed or not.
import { OUTCOMES, type OutcomeCode, type SampleStatus } from "../core/outcome.ts";

/** What happened to one input row. Every row has exactly one; `SIDECAR_COLUMNS` says how the fields are stored. */
export interface ManifestRow {
  /** Position in the shard, from 0. */
  readonly index: number;
  readonly key: string;
  readonly outcome: OutcomeCode;
  readonly detail?: string;
  /** The last HTTP status; undefined if no server answered. */
  readonly httpStatus?: number;
  /** How many times the URL was requested. */
  readonly attempts: number;
  readonly downloadedBytes?: number;
  readonly storedBytes?: number;
  readonly sourceFormat?: string;
  /** Milliseconds spent in attempts, without waits for the host, for memory and between attempts. */
  readonly fetchMs: number;
  readonly width?: number;
  readonly height?: number;
  readonly originalWidth?: number;
  readonly originalHeight?: number;
  readonly exif?: string;
  /** Hex digest of the downloaded bytes. */
  readonly digest?: string;
  /** Digest of the stored sample, which finds whole samples in a damaged shard. See `sampleDigest`. */
  readonly sampleDigest?: string;
}

/** img2dataset's status word for an outcome. */
export function statusOf(outcome: OutcomeCode): SampleStatus {
  return OUTCOMES[outcome].status;
}

/** img2dataset's `error_message` for a row; null for a success. */
export function errorMessageOf(row: ManifestRow): string | null {
  if (row.outcome === "success") return null;
  const known = OUTCOMES[row.outcome].message;
  // A code may stand for several statuses; readers count by the number.
  return row.httpStatus !== undefined && /^HTTP Error \dxx$/.test(known) ? `HTTP Error ${row.httpStatus}` : known;
}

// Stage: manifest. What is recorded of one input row, packed or not.
import { OUTCOMES, type OutcomeCode, type SampleStatus } from "../core/outcome.ts";

/** What became of one sample. Every input row has exactly one. */
export interface ManifestRow {
  /** Position in the shard, from 0. */
  readonly index: number;
  readonly key: string;
  readonly outcome: OutcomeCode;
  readonly detail?: string;
  /** Last HTTP status seen; undefined where there was none. */
  readonly httpStatus?: number;
  /** How many requests were made. */
  readonly attempts: number;
  readonly downloadedBytes?: number;
  readonly storedBytes?: number;
  readonly sourceFormat?: string;
  /** From the first request to the last byte, waits included. */
  readonly fetchMs: number;
  readonly width?: number;
  readonly height?: number;
  readonly originalWidth?: number;
  readonly originalHeight?: number;
  readonly exif?: string;
  /** Hex digest of the downloaded bytes. */
  readonly digest?: string;
  /** Of what is stored of the sample, so that it is known as whole in a shard that is damaged. */
  readonly sampleDigest?: string;
}

/** The peer's status word of an outcome. */
export function statusOf(outcome: OutcomeCode): SampleStatus {
  return OUTCOMES[outcome].status;
}

/** The peer's `error_message` of an outcome: null for a success. */
export function errorMessageOf(row: ManifestRow): string | null {
  if (row.outcome === "success") return null;
  const known = OUTCOMES[row.outcome].message;
  // Where the code stands for several statuses, the number is what readers count by.
  return row.httpStatus !== undefined && /^HTTP Error \dxx$/.test(known) ? `HTTP Error ${row.httpStatus}` : known;
}

// The commit record of a shard: the fields of img2dataset's NNNNN_stats.json, and ours.
import { DECIDED_BY, type DecidingOption, type OutcomeCode } from "../core/outcome.ts";
import { errorMessageOf, type ManifestRow, statusOf } from "./manifest-row.ts";

/**
 * Version of the record's format, raised when an older reader would misread it. Since 2, a record may belong to a later
 * generation, names failing hosts, and has a digest of its own text. Since 3, it may name the options that refused rows.
 */
export const RECORD_FORMAT_VERSION = 3;

/** Versions that this version of prep reads. */
export const READABLE_RECORD_VERSIONS: readonly number[] = [1, 2, 3];

/** A record names this many hosts at most: those with most failures. */
const MAX_HOSTS = 20;

/** Values of the options that can refuse rows, as short texts; equal texts stand for equal values. */
export type DecidingValues = Readonly<Record<DecidingOption, string>>;

/** The record of a finished shard. The fields up to `status_dict` are img2dataset's, in its order. */
export interface ShardRecord {
  readonly count: number;
  readonly successes: number;
  readonly failed_to_download: number;
  readonly failed_to_resize: number;
  /** Seconds. */
  readonly duration: number;
  /** Seconds since 1970. */
  readonly start_time: number;
  readonly end_time: number;
  /** Number of rows by message, with `success` among the messages. */
  readonly status_dict: Readonly<Record<string, number>>;
  readonly format_version: number;
  /** 0 for the first. A retry or repair of the shard commits the next. */
  readonly generation: number;
  readonly attempt: string;
  /** Digest of the run's identity, which tells records of other runs. */
  readonly run: string;
  readonly shard: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
  readonly requests: number;
  readonly downloaded_bytes: number;
  readonly stored_bytes: number;
  /** Failed samples of the hosts with most failures, 20 hosts at most. Absent in version 1. */
  readonly failing_hosts?: Readonly<Record<string, number>>;
  /** Values of the options that refused rows. Absent if none did, and before version 3. */
  readonly decided_by?: Partial<DecidingValues>;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256?: string; readonly tree_sha256?: string }[];
}

/** What a record says besides its rows. */
export interface RecordContext {
  readonly shard: number;
  readonly attempt: string;
  readonly run: string;
  /** 0 if left out. */
  readonly generation?: number;
  /** Hosts by the position of their row; undefined for a row without one. */
  readonly hosts: readonly (string | undefined)[];
  readonly files: ShardRecord["files"];
  /** The options under which all rows were decided. If left out, the record has no `decided_by`. */
  readonly deciding?: DecidingValues;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The part of a record that follows from its rows. */
export type RecordCounts = Pick<
  ShardRecord,
  | "count"
  | "successes"
  | "failed_to_download"
  | "failed_to_resize"
  | "status_dict"
  | "outcomes"
  | "requests"
  | "downloaded_bytes"
  | "stored_bytes"
>;

/** Counts the rows of a shard. `stored` are their messages as the sidecar has them; by default, those of the outcomes. */
export function recordCounts(rows: readonly ManifestRow[], stored?: readonly (string | null)[]): RecordCounts {
  const messages: Record<string, number> = {};
  const outcomes: Partial<Record<OutcomeCode, number>> = {};
  const statuses = { success: 0, failed_to_download: 0, failed_to_resize: 0 };
  let requests = 0;
  let downloaded = 0;
  let storedBytes = 0;
  for (const [place, row] of rows.entries()) {
    const message = (stored ? stored[place] : errorMessageOf(row)) ?? "success";
    messages[message] = (messages[message] ?? 0) + 1;
    outcomes[row.outcome] = (outcomes[row.outcome] ?? 0) + 1;
    statuses[statusOf(row.outcome)] += 1;
    requests += row.attempts;
    downloaded += row.downloadedBytes ?? 0;
    storedBytes += row.storedBytes ?? 0;
  }
  return {
    count: rows.length,
    successes: statuses.success,
    failed_to_download: statuses.failed_to_download,
    failed_to_resize: statuses.failed_to_resize,
    status_dict: messages,
    outcomes,
    requests,
    downloaded_bytes: downloaded,
    stored_bytes: storedBytes,
  };
}

/** Makes the record of a shard from its rows. */
export function shardRecord(rows: readonly ManifestRow[], context: RecordContext): ShardRecord {
  const { status_dict, outcomes, requests, downloaded_bytes, stored_bytes, ...counts } = recordCounts(rows);
  return {
    ...counts,
    duration: (context.endedAt - context.startedAt) / 1000,
    start_time: context.startedAt / 1000,
    end_time: context.endedAt / 1000,
    status_dict,
    format_version: RECORD_FORMAT_VERSION,
    generation: context.generation ?? 0,
    attempt: context.attempt,
    run: context.run,
    shard: context.shard,
    outcomes,
    requests,
    downloaded_bytes,
    stored_bytes,
    failing_hosts: worstHosts(rows, context.hosts),
    ...decidedBy(outcomes, context.deciding),
    files: context.files,
  };
}

function decidedBy(outcomes: ShardRecord["outcomes"], deciding: DecidingValues | undefined): Pick<ShardRecord, "decided_by"> {
  const options = new Set((Object.keys(outcomes) as OutcomeCode[]).flatMap((code) => DECIDED_BY[code] ?? []));
  if (!deciding || options.size === 0) return {};
  return { decided_by: Object.fromEntries([...options].map((option) => [option, deciding[option]])) };
}

function worstHosts(rows: readonly ManifestRow[], hosts: readonly (string | undefined)[]): Record<string, number> {
  const failures = new Map<string, number>();
  for (const { index, outcome } of rows) {
    const host = hosts[index];
    if (outcome !== "success" && host !== undefined) failures.set(host, (failures.get(host) ?? 0) + 1);
  }
  const worst = [...failures].sort(([left, more], [right, fewer]) => fewer - more || (left < right ? -1 : 1));
  return Object.fromEntries(worst.slice(0, MAX_HOSTS));
}

/** img2dataset's own record. */
export type PeerStats = Pick<
  ShardRecord,
  "count" | "successes" | "failed_to_download" | "failed_to_resize" | "duration" | "start_time" | "end_time" | "status_dict"
>;

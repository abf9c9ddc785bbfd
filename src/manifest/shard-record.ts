// Stage: manifest. The commit record of a shard, which is the peer's NNNNN_stats.json and more.
import { DECIDED_BY, type DecidingOption, type OutcomeCode } from "../core/outcome.ts";
import { errorMessageOf, type ManifestRow, statusOf } from "./manifest-row.ts";

/**
 * Version of the record's format; raised when an older reader would misread it. 2: a record may be of a later generation,
 * names failing hosts, and carries the digest of its own text. 3: it may name the options that decided over rows.
 */
export const RECORD_FORMAT_VERSION = 3;

/** Versions that are read: all so far. */
export const READABLE_RECORD_VERSIONS: readonly number[] = [1, 2, 3];

/** A record names at most so many hosts, those where most samples failed. */
const MAX_HOSTS = 20;

/** The values of the options that decide over rows, as short texts that differ where the values do. */
export type DecidingValues = Readonly<Record<DecidingOption, string>>;

/** The record of a finished shard. The fields up to `status_dict` are the peer's, in its order. */
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
  /** How often each message occurred; `success` is one of them. */
  readonly status_dict: Readonly<Record<string, number>>;
  readonly format_version: number;
  /** 0 for the first; a retry or a repair of the shard commits the next. */
  readonly generation: number;
  readonly attempt: string;
  /** Digest of the run's identity, so that a record of another run is not taken for ours. */
  readonly run: string;
  readonly shard: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
  readonly requests: number;
  readonly downloaded_bytes: number;
  readonly stored_bytes: number;
  /** How many samples failed at each of the worst hosts, at most 20; absent in version 1. */
  readonly failing_hosts?: Readonly<Record<string, number>>;
  /** Under which options rows were refused: those of the outcomes that occurred. Absent where none did, and before version 3. */
  readonly decided_by?: Partial<DecidingValues>;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256?: string; readonly tree_sha256?: string }[];
}

/** What a record says that does not follow from its rows. */
export interface RecordContext {
  readonly shard: number;
  readonly attempt: string;
  readonly run: string;
  /** 0 where left out. */
  readonly generation?: number;
  /** Hosts by the position of their row; undefined where a row has none. */
  readonly hosts: readonly (string | undefined)[];
  readonly files: ShardRecord["files"];
  /** The options under which all rows were decided; left out where nobody asks for them later. */
  readonly deciding?: DecidingValues;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What of a record follows from its rows alone. */
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

/** Counts the rows of a shard, whose stored messages are given where they are not those of the outcomes. */
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

/** What img2dataset's own record says. */
export type PeerStats = Pick<
  ShardRecord,
  "count" | "successes" | "failed_to_download" | "failed_to_resize" | "duration" | "start_time" | "end_time" | "status_dict"
>;

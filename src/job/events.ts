// Events that a run emits, for the terminal and for NDJSON.
import type { OutcomeCode } from "../core/outcome.ts";
import type { SampleCounts } from "../engine/messages.ts";
import type { OutputFormatName } from "../shard/output-formats.ts";

/** Progress of a download, as bars, lines, events and `prep status` show it. */
export interface Standing {
  readonly rows: number;
  /** Rows with an outcome, in committed shards and in open ones. */
  readonly rowsDone: number;
  readonly rowsPacked: number;
  readonly outcomes: SampleCounts["outcomes"];
  /** Undefined if no row has an outcome yet, or no worker is running. */
  readonly rowsPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** The phases of stage one, in order. `check` comes only with `--verify-partitions`. */
export type SelectionPhase = "count" | "shuffle" | "write" | "check";

/** What a kill costs: the downloads of open shards, because downloads count only when their shard is committed. */
export interface KillCost {
  /** At most this many samples must be downloaded again. */
  readonly samples: number;
  /** At most this many shards are open at once. */
  readonly shards: number;
}

/** Every event of a run. Names and fields are stable, because `--json` prints them. */
export type RunEvent =
  /** `pause` is set when the run begins or ends a wait for a network, a resolver or a disk. */
  | { readonly event: "notice"; readonly text: string; readonly pause?: "begins" | "ends" }
  | { readonly event: "resolved"; readonly lines: readonly string[] }
  | { readonly event: "selection_started"; readonly files: number; readonly bytes: number; readonly rows: number }
  | { readonly event: "selection_progress"; readonly phase: SelectionPhase; readonly percentage: number; readonly spilledBytes: number }
  | {
      readonly event: "selection_finished";
      /** Rows of the metadata. */
      readonly rowsRead: number;
      readonly rowsKept: number;
      /** False if the rows kept are no share of those read, as after a join. */
      readonly isShare?: false;
      readonly partitions: number;
      readonly isResumed: boolean;
    }
  /** The shards that a selection's partitions, or a list's files, will become. */
  | {
      readonly event: "shards_planned";
      readonly rows: number;
      readonly files: number;
      readonly shards: number;
      /** Rows of the smallest and of the largest shard. */
      readonly smallestShard: number;
      readonly largestShard: number;
      /** Whether the files are partitions, which are cut into equal shards. */
      readonly isEqualCut: boolean;
    }
  | {
      readonly event: "download_started";
      readonly samples: number;
      readonly shards: number;
      readonly shardsDone: number;
      readonly samplesDone: number;
      /** What a kill costs at most; absent if unknown. */
      readonly killCost?: KillCost;
    }
  /** Emitted at least once a second. The sample counts are those of this start; the fields of `Standing` include earlier starts. */
  | ({ readonly event: "download_progress"; readonly isPaused: boolean } & Omit<SampleCounts, "outcomes"> & Standing)
  | { readonly event: "shard_finished"; readonly shard: string; readonly packed: number; readonly failed: number }
  | { readonly event: "worker_died"; readonly reason: string }
  | {
      readonly event: "fetch_started";
      readonly dataset: string;
      readonly commit: string;
      readonly files: number;
      readonly filesDone: number;
      readonly bytes: number;
      readonly bytesDone: number;
    }
  /** Totals include earlier starts. */
  | { readonly event: "fetch_progress"; readonly files: number; readonly bytes: number }
  | { readonly event: "fetch_finished"; readonly dataset: string; readonly commit: string; readonly output: string; readonly files: number }
  | { readonly event: "finished"; readonly summary: RunSummary };

/** The result of a run: its funnel and its output. */
export interface RunSummary {
  readonly output: string;
  /** Undefined if the run began with partitions. */
  readonly rowsRead?: number;
  readonly rowsKept: number;
  readonly shards: number;
  readonly packed: number;
  readonly failedToDownload: number;
  readonly failedToResize: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  readonly requests: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
  /** Options that made the run less careful than the default, each with its consequence. */
  readonly relaxations: readonly string[];
  /** Duration of this start. */
  readonly elapsedMs: number;
  readonly outputFormat: OutputFormatName;
  /** Number of digits of a shard's number. */
  readonly shardDigits: number;
  /** Number of the run's first shard, which is not 0 if the run extends an output. */
  readonly firstShard: number;
}

/** Receives events. Must not throw. */
export type Listener = (event: RunEvent) => void;

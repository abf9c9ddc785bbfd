// The conductor: what a run tells while it works; the terminal and NDJSON are two subscribers to the same events.
import type { OutcomeCode } from "../core/outcome.ts";
import type { SampleCounts } from "../engine/messages.ts";
import type { OutputFormatName } from "../shard/output-formats.ts";

/** How far a download is, in the words that bars, lines, events and `prep status` share. */
export interface Standing {
  readonly rows: number;
  /** Rows that ended, in committed shards and in open ones. */
  readonly rowsDone: number;
  readonly rowsPacked: number;
  readonly outcomes: SampleCounts["outcomes"];
  /** Undefined where nothing has ended yet, or nobody is at work. */
  readonly rowsPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** The phases of stage one in their order; `check` comes with `--verify-partitions`. */
export type SelectionPhase = "count" | "shuffle" | "write" | "check";

/** What is lost with the shards that are open when a run is killed: its downloads count when their shard is committed. */
export interface KillCost {
  /** Samples that have to be downloaded again, at most. */
  readonly samples: number;
  /** Shards that are open at once, at most. */
  readonly shards: number;
}

/** Everything a run says, in the order in which it happens. Names and fields are stable: `--json` prints them. */
export type RunEvent =
  /** `pause`: the run waits for a network, a resolver or a disk, or has waited. */
  | { readonly event: "notice"; readonly text: string; readonly pause?: "begins" | "ends" }
  | { readonly event: "resolved"; readonly lines: readonly string[] }
  | { readonly event: "selection_started"; readonly files: number; readonly bytes: number; readonly rows: number }
  | { readonly event: "selection_progress"; readonly phase: SelectionPhase; readonly percentage: number; readonly spilledBytes: number }
  | {
      readonly event: "selection_finished";
      /** Rows of the metadata. */
      readonly rowsRead: number;
      readonly rowsKept: number;
      /** False where the rows kept are no share of those read, as those of a join are not. */
      readonly isShare?: false;
      readonly partitions: number;
      readonly isResumed: boolean;
    }
  /** Which shards the rows of a selection's partitions, or of a list's files, become. */
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
      /** What a kill costs at most; absent where nobody knows. */
      readonly killCost?: KillCost;
    }
  /** The counts are of this start; where the run stands with those of earlier ones, `Standing` says. Told once a second at least. */
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
  /** Totals with those of earlier starts. */
  | { readonly event: "fetch_progress"; readonly files: number; readonly bytes: number }
  | { readonly event: "fetch_finished"; readonly dataset: string; readonly commit: string; readonly output: string; readonly files: number }
  | { readonly event: "finished"; readonly summary: RunSummary };

/** The end of a run: the funnel and where things are. */
export interface RunSummary {
  readonly output: string;
  /** Undefined where the run began with partitions. */
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
  /** Options in force at the end that made the run less careful than the default, with what follows from each. */
  readonly relaxations: readonly string[];
  /** Of this start. */
  readonly elapsedMs: number;
  readonly outputFormat: OutputFormatName;
  /** Digits of a shard's number. */
  readonly shardDigits: number;
  /** Number of the run's first shard: not 0 where it extends an output. */
  readonly firstShard: number;
}

/** Receives events; must not throw. */
export type Listener = (event: RunEvent) => void;

// The messages between a run and its worker processes.
import type { OutcomeCode } from "../core/outcome.ts";
import type { Mark } from "../core/pace.ts";

/** What a worker is for: the shards of a run, the newest where none is named, or of a file that names shards to be done again. */
export interface WorkerJob {
  readonly run?: string | undefined;
  readonly redo?: string | undefined;
  /** How many of its kind this machine has at work; 1 unless given. */
  readonly workers?: number | undefined;
  /** Whether to hold back most samples until one ends otherwise than refused by the option that refused all before it. */
  readonly isOnTrial?: boolean | undefined;
}

/** That all samples which a worker has ended so far were refused as one code: how many, and the first one's detail. */
export interface AllRefused {
  readonly code: string;
  readonly count: number;
  readonly detail?: string | undefined;
}

/** From the engine to a worker: first its job, and tasks when it is ready. */
export type ToWorker =
  | { readonly kind: "open"; readonly job: WorkerJob }
  /** URLs whose hosts have answered another worker lately. */
  | { readonly kind: "answered"; readonly urls: readonly string[] }
  | { readonly kind: "task"; readonly task: number }
  /** The trial is over: samples are refused for more than one reason, or not at all. */
  | { readonly kind: "proceed" }
  | { readonly kind: "stop" };

/** A run's error on its way between processes. */
export interface ErrorMessage {
  readonly message: string;
  readonly hint?: string;
  /** Exit code of a PrepError; undefined for a defect. */
  readonly exitCode?: number;
  readonly stack?: string;
}

/** A wait for something that the run cannot do without. */
export interface Pause {
  readonly of: "network" | "disk";
  readonly isOver: boolean;
}

/** What became of samples. */
export interface SampleCounts {
  readonly packed: number;
  readonly failed: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** A shard in work, and what has become of its samples so far: a kill loses them. */
export interface OpenShard extends SampleCounts {
  /** The shard's name. */
  readonly shard: string;
  readonly rows: number;
}

/** How far a worker is. */
export interface Progress {
  readonly open: readonly OpenShard[];
  /** Rows that ended in this worker, those of finished shards included. */
  readonly marks: readonly Mark[];
}

/** From a worker to the engine. */
export type FromWorker =
  | { readonly kind: "ready" }
  | ({
      readonly kind: "progress";
      /** A URL whose host has answered lately. */
      readonly answered?: string | undefined;
      /** While a job is on trial: what all samples that ended have in common; `others` once one ended otherwise. */
      readonly refused?: AllRefused | "others" | undefined;
    } & Progress)
  /** A shard is committed. `counts` is of the samples that ended in this worker: a further generation has more. */
  | { readonly kind: "shard"; readonly shard: string; readonly packed: number; readonly failed: number; readonly counts: SampleCounts }
  | {
      readonly kind: "notice";
      readonly text: string;
      /** It is about a wait of this worker's: for what, and whether that is over. */
      readonly pause?: Pause;
    }
  /** Every sample of the task is begun: the worker could take another one while it waits for the slowest. */
  | { readonly kind: "begun"; readonly task: number }
  | {
      /** So many samples of a shard of the task are known by now to kill workers, and are passed over. */
      readonly kind: "found";
      readonly task: number;
      readonly shard: string;
      readonly killers: number;
    }
  /** Another process works at this shard, or at this generation of it, and it is left to that. */
  | { readonly kind: "busy"; readonly task: number; readonly subject: string }
  | { readonly kind: "done"; readonly task: number }
  | { readonly kind: "failed"; readonly error: ErrorMessage };

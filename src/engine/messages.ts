// The messages between a run and its worker processes.
import type { OutcomeCode } from "../core/outcome.ts";
import type { Mark } from "../core/progress-speed.ts";

/** What a worker is for: the shards of a run, by default the newest, or shards to be made again. */
export interface WorkerJob {
  readonly run?: string | undefined;
  readonly redo?: string | undefined;
  /** How many workers of this run the machine has; 1 unless given. */
  readonly workers?: number | undefined;
  /** Whether to hold back most samples until one ends in another way than all before it, which one option refused. */
  readonly isOnTrial?: boolean | undefined;
}

/** The refusal that all samples of a worker had so far: its code, their number, and the detail of the first. */
export interface AllRefused {
  readonly code: string;
  readonly count: number;
  readonly detail?: string | undefined;
}

/** From the engine to a worker: first its job, then tasks when it is ready. */
export type ToWorker =
  | { readonly kind: "open"; readonly job: WorkerJob }
  /** URLs whose hosts have answered another worker lately. */
  | { readonly kind: "answered"; readonly urls: readonly string[] }
  | { readonly kind: "task"; readonly task: number }
  /** The trial is over: samples ended in more than one way. */
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

/** A wait for the network or the disk, which begins or is over. */
export interface Pause {
  readonly of: "network" | "disk";
  readonly isOver: boolean;
}

/** Counts of finished samples. */
export interface SampleCounts {
  readonly packed: number;
  readonly failed: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** An open shard with the counts of its finished samples, which a kill loses. */
export interface OpenShard extends SampleCounts {
  /** The shard's name. */
  readonly shard: string;
  readonly rows: number;
}

/** The progress of a worker. */
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
      /** While a job is on trial: how all finished samples were refused; `others` once one ended in another way. */
      readonly refused?: AllRefused | "others" | undefined;
    } & Progress)
  /** A shard is committed. `counts` has the samples that ended in this worker; a further generation may have more. */
  | { readonly kind: "shard"; readonly shard: string; readonly packed: number; readonly failed: number; readonly counts: SampleCounts }
  | {
      readonly kind: "notice";
      readonly text: string;
      /** The wait that the notice is about, if any. */
      readonly pause?: Pause;
    }
  /** Every sample of the task is begun: the worker can take another task while it waits for the slowest. */
  | { readonly kind: "begun"; readonly task: number }
  | {
      /** This many samples of a shard of the task are known to kill workers, and are skipped. */
      readonly kind: "found";
      readonly task: number;
      readonly shard: string;
      readonly killers: number;
    }
  /** Another process has this shard, or this generation of it, and keeps it. */
  | { readonly kind: "busy"; readonly task: number; readonly subject: string }
  | { readonly kind: "done"; readonly task: number }
  | { readonly kind: "failed"; readonly error: ErrorMessage };

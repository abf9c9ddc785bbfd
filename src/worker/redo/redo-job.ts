// The file that tells workers which shards to make again.
import type { DownloadSettings } from "../../job/config.ts";
import type { DownloadPlan } from "../../output/plans/download-plan.ts";
import { storeAt } from "../../store/store-at.ts";

/** A shard to be made again. */
export interface RedoShard {
  readonly shard: number;
  /** The present generation. The next one is made, unless another start has made it meanwhile. */
  readonly base: number;
  /**
   * What is made again. `refused`: rows that an option with another value now decided. `retry`: these, and failures that may pass.
   * `repair`: these, and samples that differ from their record; everything, if the rows themselves are damaged.
   */
  readonly kind: "refused" | "retry" | "repair";
}

/** The work of one start; a task is an index into `shards`. */
export interface RedoJob {
  readonly plan: DownloadPlan;
  readonly settings: DownloadSettings;
  readonly shards: readonly RedoShard[];
  /** True if the shards are img2dataset's: then their sidecars are the input, and their keys are kept. */
  readonly isAdopted: boolean;
}

/** Reads the job of a worker from a file in the output. */
export async function readRedoJob(output: string, file: string): Promise<RedoJob> {
  return JSON.parse(await storeAt(output).readText(file)) as RedoJob;
}

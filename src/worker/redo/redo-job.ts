// The file that tells workers which shards to make again.
import type { DownloadSettings } from "../../job/config.ts";
import type { DownloadPlan } from "../../output/plans/download-plan.ts";
import { storeAt } from "../../store/store-at.ts";

/** A shard to be done again. */
export interface RedoShard {
  readonly shard: number;
  /** The generation that is there; the next one is made, unless somebody has made it meanwhile. */
  readonly base: number;
  /**
   * What is not kept. `refused`: rows over which an option decided that has another value now. `retry`: these, and failures that
   * may pass. `repair`: these, and samples that are not as recorded; where the rows themselves are damaged, everything.
   */
  readonly kind: "refused" | "retry" | "repair";
}

/** The work of one start; a task is an index into `shards`. */
export interface RedoJob {
  readonly plan: DownloadPlan;
  readonly settings: DownloadSettings;
  readonly shards: readonly RedoShard[];
  /** True where the shards are img2dataset's: their sidecars are the input, and their keys are taken as they are. */
  readonly isAdopted: boolean;
}

/** Reads the job that a worker was started for. */
export async function readRedoJob(output: string, file: string): Promise<RedoJob> {
  return JSON.parse(await storeAt(output).readText(file)) as RedoJob;
}

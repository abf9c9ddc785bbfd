// The conductor's other half: what all shards of a worker share.
import type { Budget } from "../core/budget.ts";
import type { Fetcher } from "../fetch/fetcher.ts";
import type { BlockList } from "../fetch/rights/block-list.ts";
import type { DecidingValues } from "../manifest/shard-record.ts";
import type { DownloadPlan } from "../output/download-plan.ts";
import type { WorkerProgress } from "../output/status/worker-progress.ts";
import type { Database } from "../sql/database.ts";
import type { DiskPatience } from "../store/wait-for-disk.ts";
import type { Transformer } from "../transform/transformer.ts";
import type { RefusalGate } from "./refusal-gate.ts";

/** What a worker has open for all its shards. */
export interface ShardTools {
  readonly output: string;
  readonly plan: DownloadPlan;
  /** The options that decide over rows. */
  readonly deciding: DecidingValues;
  readonly database: Database;
  readonly fetcher: Fetcher;
  readonly blockList: BlockList | undefined;
  readonly transformer: Transformer;
  /** Samples begun and not yet packed or failed, over all shards in work. */
  readonly samples: Budget;
  /** Bytes of packed samples that wait for their turn in memory, over all shards in work. */
  readonly waitingBytes: Budget;
  /** Holds samples back while all that have ended were refused by one option. */
  readonly gate: RefusalGate;
  /** Waits for space where the disk is full. */
  readonly patience: DiskPatience;
  readonly now: () => number;
  readonly progress: WorkerProgress;
  /** Called where samples of a shard are passed over since they have killed workers: with how many these are. */
  readonly onKillers?: (shard: string, killers: number) => void;
}

// What a kill of a download costs at most, as the start says it.
import { formatCount, plural } from "../core/units.ts";
import type { DownloadSettings } from "../job/config.ts";
import type { KillCost } from "../job/events.ts";
import { type ShardPlan, taskCount } from "../output/plans/shard-plan.ts";
import { MAX_OPEN_SHARDS } from "./descriptors.ts";

/** What a kill costs under these settings, at most what is left to do. */
export function killCost(
  plan: ShardPlan,
  { processes }: Pick<DownloadSettings, "processes">,
  done: { readonly shards: number; readonly rows: number },
): KillCost {
  const rows = plan.inputs.reduce((sum, input) => sum + input.rows, 0);
  const largest = plan.inputs.reduce((most, input) => Math.max(most, input.shards > 0 ? largestShard(plan, input) : 0), 0);
  const workers = Math.min(processes, taskCount(plan));
  const shards = Math.min(workers * MAX_OPEN_SHARDS, plan.shards - done.shards);
  return { shards, samples: Math.min(shards * largest, rows - done.rows) };
}

function largestShard({ isEqualCut, samplesPerShard }: ShardPlan, { rows, shards }: ShardPlan["inputs"][number]): number {
  return isEqualCut ? Math.ceil(rows / shards) : Math.min(rows, samplesPerShard);
}

/** The notice about it at the start; undefined if there is nothing to lose. */
export function killNotice({ samples, shards }: KillCost): string | undefined {
  if (samples === 0) return undefined;
  const what = shards === 1 ? "the shard in work" : `the shards in work, up to ${formatCount(shards)}`;
  return `a kill or Ctrl-C costs ${what}: at most ${plural(samples, "sample")} to download again; a smaller --number-sample-per-shard makes it fewer`;
}

// Which rows make which shard, fixed before the first download so that keys never change.
import { shardName } from "../../core/keys.ts";
import type { RunEvent } from "../../job/events.ts";
import { equalSlice } from "../../partition/slices.ts";

/** An input file's part of the plan. */
export interface PlanInput {
  /** Relative to the output if it lies inside, else absolute. */
  readonly path: string;
  readonly rows: number;
  readonly firstShard: number;
  readonly shards: number;
}

/** The rows of one shard. */
export interface ShardSlice {
  readonly shard: number;
  readonly path: string;
  readonly firstRow: number;
  readonly rows: number;
}

/** Shards by arithmetic: 230,000 shards need no list. */
export interface ShardPlan {
  readonly inputs: readonly PlanInput[];
  /** Number of the first shard: 0, or higher if the run extends an output. */
  readonly firstShard: number;
  readonly shards: number;
  readonly samplesPerShard: number;
  /** True for prep's own partitions: all shards of a file have the same size, to one row. Else slices as img2dataset cuts them. */
  readonly isEqualCut: boolean;
  readonly shardsPerTask: number;
}

/** Schedulers' job arrays often hold about this many tasks, and more would not help. */
const MAX_TASKS = 1000;

/** Numbers the shards through all files in order. As in img2dataset, no shard has rows of two files, and empty files have none. */
export function planShards(files: readonly { path: string; rows: number }[], samplesPerShard: number, isEqualCut: boolean): ShardPlan {
  let shards = 0;
  const inputs = files.map(({ path, rows }) => {
    const input = { path, rows, firstShard: shards, shards: Math.ceil(rows / samplesPerShard) };
    shards += input.shards;
    return input;
  });
  return { inputs, firstShard: 0, shards, samplesPerShard, isEqualCut, shardsPerTask: Math.max(1, Math.ceil(shards / MAX_TASKS)) };
}

/** Rows of the smallest and of the largest shard. Throws RangeError if there are none. */
export function shardSizes({ inputs, samplesPerShard, isEqualCut }: ShardPlan): { readonly smallest: number; readonly largest: number } {
  const filled = inputs.filter(({ shards }) => shards > 0);
  if (filled.length === 0) throw new RangeError("the plan has no shards");
  const ends = filled.flatMap(({ rows, shards }) =>
    isEqualCut
      ? [Math.floor(rows / shards), Math.ceil(rows / shards)]
      : [Math.min(rows, samplesPerShard), rows - (shards - 1) * samplesPerShard],
  );
  // There may be a hundred thousand files, too many for arguments of Math.min.
  return ends.reduce(({ smallest, largest }, rows) => ({ smallest: Math.min(smallest, rows), largest: Math.max(largest, rows) }), {
    smallest: Number.POSITIVE_INFINITY,
    largest: 0,
  });
}

/** The event that describes a plan. */
export function plannedEvent(plan: ShardPlan): RunEvent & { readonly event: "shards_planned" } {
  const { inputs, shards, isEqualCut } = plan;
  const { smallest, largest } = shardSizes(plan);
  const rows = inputs.reduce((sum, input) => sum + input.rows, 0);
  const files = inputs.filter((input) => input.shards > 0).length;
  return { event: "shards_planned", rows, files, shards, smallestShard: smallest, largestShard: largest, isEqualCut };
}

/** The same plan with its shards numbered from another first number. */
export function renumbered(plan: ShardPlan, firstShard: number): ShardPlan {
  const inputs = plan.inputs.map((input) => ({ ...input, firstShard: input.firstShard - plan.firstShard + firstShard }));
  return { ...plan, inputs, firstShard };
}

/** Whether a shard's number is one of the plan's. */
export function hasShard({ firstShard, shards }: ShardPlan, shard: number): boolean {
  return shard >= firstShard && shard < firstShard + shards;
}

/** The number of the plan's shard of this name; undefined if there is none, or if the name has more or fewer digits. */
export function plannedShard(plan: ShardPlan, shardDigits: number, name: string): number | undefined {
  const shard = Number(name);
  return hasShard(plan, shard) && shardName(shard, shardDigits) === name ? shard : undefined;
}

/** How many tasks the plan has. */
export function taskCount(plan: ShardPlan): number {
  return Math.ceil(plan.shards / plan.shardsPerTask);
}

/** The shards of a task, in order. */
export function taskShards(plan: ShardPlan, task: number): number[] {
  const before = task * plan.shardsPerTask;
  const length = Math.max(0, Math.min(plan.shardsPerTask, plan.shards - before));
  return Array.from({ length }, (_, offset) => plan.firstShard + before + offset);
}

/** The rows of a shard. Throws RangeError if the plan has no such shard. */
export function shardSlice(plan: ShardPlan, shard: number): ShardSlice {
  const input = plan.inputs.findLast(({ firstShard, shards }) => shards > 0 && firstShard <= shard);
  if (!input || shard >= input.firstShard + input.shards) throw new RangeError(`the plan has no shard ${shard}`);
  const index = shard - input.firstShard;
  if (plan.isEqualCut) {
    const slice = equalSlice(input.rows, input.shards, index);
    return { shard, path: input.path, firstRow: slice.start, rows: slice.end - slice.start };
  }
  const firstRow = index * plan.samplesPerShard;
  return { shard, path: input.path, firstRow, rows: Math.min(plan.samplesPerShard, input.rows - firstRow) };
}

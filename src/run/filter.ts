// `prep filter`: stage one alone, from metadata to shuffled partitions.
import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import { OpenOutput } from "../output/open-output.ts";
import { plannedEvent, planShards } from "../output/plans/shard-plan.ts";
import type { SelectionRecord } from "../output/records/selection-record.ts";
import { selectRows } from "../selection/select-rows.ts";

/** Configuration of stage one alone. */
export interface FilterConfig {
  readonly output: string;
  readonly selection: SelectionConfig;
  /** Rows of a shard, at most. The default number of partitions follows from it. */
  readonly samplesPerShard: number;
  readonly resources: Resources;
}

/** Makes the partitions of a selection, and then reports which shards they will become. */
export async function filter(config: FilterConfig, effects: RunEffects): Promise<SelectionRecord> {
  return await filterInto(await OpenOutput.forFilter(config.output), config, effects);
}

/** The same as `filter`, in an output that is open. */
export async function filterInto(output: OpenOutput, config: Omit<FilterConfig, "output">, effects: RunEffects): Promise<SelectionRecord> {
  const { selection, samplesPerShard, resources } = config;
  const record = await selectRows(selection, samplesPerShard, output, resources, effects);
  const files = record.partitions.map(({ name, rows }) => ({ path: name, rows }));
  effects.emit(plannedEvent(planShards(files, samplesPerShard, true)));
  return record;
}

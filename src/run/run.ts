// `prep QUERY`: the whole job, from metadata to shards.
import type { DownloadSettings, Resources, RunEffects, SelectionConfig, ShapeConfig } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import { OpenOutput } from "../output/open-output.ts";
import { selectRows } from "../selection/select-rows.ts";
import { checkBeforeWork, downloadPartitions } from "./download.ts";

/** Configuration of the whole job. */
export interface RunConfig {
  readonly output: string;
  readonly selection: SelectionConfig;
  readonly shape: Omit<ShapeConfig, "urlColumn" | "captionColumn">;
  readonly settings: DownloadSettings;
  readonly resources: Resources;
}

/** Filters, shuffles, partitions, downloads and packs; continues what an earlier start with the same identity has finished. */
export async function run(config: RunConfig, effects: RunEffects): Promise<RunSummary> {
  const { shape, settings } = config;
  return await runInto(await OpenOutput.forRun(config.output, { ...shape, ...settings }), config, effects);
}

/** The same as `run`, in an output that is open for the whole job. */
export async function runInto(output: OpenOutput, config: Omit<RunConfig, "output">, effects: RunEffects): Promise<RunSummary> {
  const { selection, shape, settings, resources } = config;
  const blockList = await checkBeforeWork(settings, effects);
  const record = await selectRows(selection, shape.samplesPerShard, output, resources, effects);
  return await downloadPartitions(output, record, { shape, settings, mode: "incremental", blockList }, effects);
}

// `prep download`: stage two alone, from a list of URLs or from partitions to shards.
import { resolve } from "node:path";
import { type BlockListFacts, inspectBlockLists } from "../fetch/rights/block-list.ts";
import type { DownloadSettings, IncrementalMode, RunEffects, ShapeConfig } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import type { InputFormat } from "../metadata/formats.ts";
import { insidePath } from "../output/names/output-names.ts";
import { OpenOutput } from "../output/open-output.ts";
import { planShards } from "../output/plans/shard-plan.ts";
import type { SelectionRecord } from "../output/records/selection-record.ts";
import { forgetStart, keepStart } from "../output/records/start-record.ts";
import { decideOnOutput } from "../plan/decision.ts";
import { establishPlan } from "../plan/establish-plan.ts";
import { planFromInputs, planFromSelection } from "../plan/make-plan.ts";
import { type OpenInputs, openInputs } from "../plan/open-inputs.ts";
import { runIdentity } from "../plan/run-identity.ts";
import { downloadShards } from "../worker/download-shards.ts";
import { checkProxies } from "../worker/proxies.ts";
import { redoRefused } from "../worker/redo/redo-shards.ts";
import { withEarlyWorker } from "../worker/run-tasks.ts";

export { finishedSelection } from "../output/records/selection-record.ts";
export { markOfInputs } from "../plan/marked-inputs.ts";

/** Opens the output of a download, before its inputs are looked at. Throws OutputError. */
export async function openForDownload(output: string): Promise<OpenOutput> {
  return await OpenOutput.forDownload(output);
}

/** Configuration of the download of a list. */
export interface DownloadConfig {
  readonly inputs: readonly string[];
  /** The format of all inputs; undefined if their names tell it. */
  readonly inputFormat: InputFormat | undefined;
  readonly mode: IncrementalMode;
  readonly shape: ShapeConfig;
  readonly settings: DownloadSettings;
}

/** Downloads a list in any format. */
export async function download(output: OpenOutput, config: DownloadConfig, effects: RunEffects): Promise<RunSummary> {
  const { mode, settings } = config;
  const { path } = output;
  const blockList = await checkBeforeWork(settings, effects);
  const shape = { ...config.shape, ...shapeOf(blockList) };
  return await withEarlyWorker(path, settings, effects, async (early) => {
    const inputs = await openInputs(config.inputs, config.inputFormat, shape);
    // Reading a text file may take long, so the refusals come first.
    const decision = await decideOnOutput(
      path,
      { identity: runIdentity(inputs.identity, shape), shape, ...rangeOf(inputs, path, config) },
      mode,
    );
    await output.makeFolder();
    if (decision.kind !== "continue") await keepStart(path, effects.start);
    const begun = decision.kind === "continue" ? decision.plan : undefined;
    const plan = await planFromInputs(inputs, path, shape, effects, begun).catch(async (error: unknown) => {
      if (!effects.signal.aborted) await forgetStart(path, effects.start);
      throw error;
    });
    return await downloadShards(output, establishPlan(plan, mode), settings, { blockList, early, redo: redoRefused }, effects);
  });
}

/** The fewest shards that the run can have, and the files that it reads. A text file, which is not read yet, counts as one row. */
function rangeOf({ files }: OpenInputs, output: string, { settings, shape }: DownloadConfig) {
  const tables = files.map(({ path, rows }) => ({ path: insidePath(output, path), rows: rows ?? 1 }));
  const sources = [...tables.map(({ path }) => path), ...settings.blockLists.map((path) => resolve(path))];
  return { leastShards: planShards(tables, shape.samplesPerShard, false).shards, sources };
}

/** Configuration of the download of an output's own partitions. */
export interface PartitionsConfig {
  readonly shape: Omit<ShapeConfig, "urlColumn" | "captionColumn">;
  readonly settings: DownloadSettings;
  readonly mode: IncrementalMode;
  /** Columns to read instead of the selection's own. */
  readonly columns?: Pick<ShapeConfig, "urlColumn" | "captionColumn">;
}

/** Downloads the partitions of the output's own selection. */
export async function downloadSelection(
  output: OpenOutput,
  selection: SelectionRecord,
  config: PartitionsConfig,
  effects: RunEffects,
): Promise<RunSummary> {
  const blockList = await checkBeforeWork(config.settings, effects);
  return await downloadPartitions(output, selection, { ...config, blockList }, effects);
}

/** The same as `downloadSelection`, with the block list that `checkBeforeWork` has returned. */
export async function downloadPartitions(
  output: OpenOutput,
  selection: SelectionRecord,
  { shape, settings, mode, columns, blockList }: PartitionsConfig & { readonly blockList: BlockListFacts | undefined },
  effects: RunEffects,
): Promise<RunSummary> {
  const { urlColumn, captionColumn } = columns ?? selection;
  const plan = planFromSelection(selection, { ...shape, urlColumn, captionColumn, ...shapeOf(blockList) });
  const rowsRead = selection.funnel.isShare === false ? undefined : selection.funnel.rowsRead;
  return await withEarlyWorker(output.path, settings, effects, (early) =>
    downloadShards(output, establishPlan(plan, mode), settings, { blockList, rowsRead, early, redo: redoRefused }, effects),
  );
}

/** Checks the block lists and the proxy before hours of stage one. Throws if a list has a fault or the proxy refuses. */
export async function checkBeforeWork(settings: DownloadSettings, { environment }: RunEffects): Promise<BlockListFacts | undefined> {
  await checkProxies(settings, environment);
  return settings.blockLists.length > 0 ? await inspectBlockLists(settings.blockLists) : undefined;
}

function shapeOf(blockList: BlockListFacts | undefined): Pick<ShapeConfig, "blockList"> {
  return blockList ? { blockList: blockList.digest } : {};
}

// The conductor: the whole job in the order of its stages.
import { resolve } from "node:path";
import { type BlockListFacts, inspectBlockLists } from "../fetch/rights/block-list.ts";
import type { DownloadSettings, IncrementalMode, Resources, RunEffects, SelectionConfig, ShapeConfig } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import type { InputFormat } from "../metadata/formats.ts";
import { type IsTaken, refuseInputsAt } from "../output/inputs-in-output.ts";
import { refuseFileAsOutput } from "../output/output-folder.ts";
import { insidePath, isOfRun } from "../output/output-names.ts";
import { refuseForeignPrep } from "../output/refuse-foreign.ts";
import { finishedSelection, type SelectionRecord } from "../output/selection-record.ts";
import { plannedEvent, planShards } from "../output/shard-plan.ts";
import { forgetStart, keepStart } from "../output/start-record.ts";
import { decidePlan, establishPlan, refuseForeignOutput } from "../plan/decide-plan.ts";
import { finishOverwrite } from "../plan/finish-overwrite.ts";
import { planFromInputs, planFromSelection, runIdentity } from "../plan/make-plan.ts";
import { type OpenInputs, openInputs } from "../plan/open-inputs.ts";
import { selectRows } from "../selection/select-rows.ts";
import { makeWritableFolder } from "../store/durable.ts";
import { downloadShards, withEarlyWorker } from "../worker/download-shards.ts";
import { checkProxies } from "../worker/proxies.ts";
import { redoRefused } from "../worker/redo-shards.ts";

/** What the whole job is told. */
export interface RunConfig {
  readonly output: string;
  readonly selection: SelectionConfig;
  readonly shape: Omit<ShapeConfig, "urlColumn" | "captionColumn">;
  readonly settings: DownloadSettings;
  readonly resources: Resources;
}

/** Filter, shuffle, partition, download, pack; continues whatever an earlier start with the same identity finished. */
export async function run(config: RunConfig, effects: RunEffects): Promise<RunSummary> {
  await refuseFileAsOutput(config.output);
  await refuseForeignPrep(config.output);
  await finishOverwrite(config.output);
  await refuseForeignOutput(config.output, config.shape.shardDigits);
  const isTaken = isOfRun(config.shape.shardDigits);
  await refuseInputsAt(config.output, config.settings.blockLists, isTaken);
  const blockList = await checkManners(config.settings, effects);
  const selection = await select({ ...config, samplesPerShard: config.shape.samplesPerShard, isTaken }, effects);
  return await downloadSelection(selection, config, effects, "incremental", blockList);
}

/** What stage one is told. */
export interface FilterConfig {
  readonly output: string;
  readonly selection: SelectionConfig;
  /** Rows a shard at most, from which the number of partitions follows where none was asked for. */
  readonly samplesPerShard: number;
  readonly resources: Resources;
  /** Where in the output no input may lie; where stage one writes unless given. */
  readonly isTaken?: IsTaken;
}

/** Stage one alone; tells at its end which shards its partitions will make. */
export async function filter(config: FilterConfig, effects: RunEffects): Promise<SelectionRecord> {
  const selection = await select(config, effects);
  const files = selection.partitions.map(({ name, rows }) => ({ path: name, rows }));
  effects.emit(plannedEvent(planShards(files, config.samplesPerShard, true)));
  return selection;
}

async function select(config: FilterConfig, effects: RunEffects): Promise<SelectionRecord> {
  await refuseForeignPrep(config.output);
  await finishOverwrite(config.output);
  return await selectRows(config.selection, config.samplesPerShard, config.output, config.resources, effects, config.isTaken);
}

/** What a download alone is told. */
export interface DownloadConfig {
  readonly inputs: readonly string[];
  /** Of all inputs; undefined where their names tell. */
  readonly inputFormat: InputFormat | undefined;
  readonly output: string;
  readonly mode: IncrementalMode;
  readonly shape: ShapeConfig;
  readonly settings: DownloadSettings;
}

/** Stage two alone, from a list in any format. */
export async function download(config: DownloadConfig, effects: RunEffects): Promise<RunSummary> {
  const { output, mode } = config;
  await refuseFileAsOutput(output);
  await refuseForeignPrep(output);
  await finishOverwrite(output);
  const blockList = await checkManners(config.settings, effects);
  const shape = { ...config.shape, ...shapeOf(blockList) };
  return await withEarlyWorker(output, config.settings, effects, async (early) => {
    const inputs = await openInputs(config.inputs, config.inputFormat, shape);
    // Reading a text file may take long: what must be refused is refused before.
    const decision = await decidePlan(
      output,
      { identity: runIdentity(inputs.identity, shape), shape, ...knownOf(inputs, config, shape) },
      mode,
    );
    await makeWritableFolder(output);
    if (decision.kind !== "continue") await keepStart(output, effects.start);
    const plan = await planFromInputs(inputs, output, shape, effects, decision.kind === "continue" ? decision.plan : undefined).catch(
      async (error: unknown) => {
        if (!effects.signal.aborted) await forgetStart(output, effects.start);
        throw error;
      },
    );
    return await downloadShards(output, establishPlan(plan, mode), config.settings, { blockList, early, redo: redoRefused }, effects);
  });
}

/** What is known of the run before a text file is read, of which a row is the least. */
function knownOf({ files }: OpenInputs, { output, settings }: DownloadConfig, { samplesPerShard }: ShapeConfig) {
  const tables = files.map(({ path, rows }) => ({ path: insidePath(output, path), rows: rows ?? 1 }));
  const sources = [...tables.map(({ path }) => path), ...settings.blockLists.map((path) => resolve(path))];
  return { leastShards: planShards(tables, samplesPerShard, false).shards, sources };
}

/** Stage two of an output whose stage one is done; `columns` take the place of the selection's own. */
export async function downloadSelection(
  selection: SelectionRecord,
  config: Pick<RunConfig, "output" | "shape" | "settings"> & { readonly columns?: Pick<ShapeConfig, "urlColumn" | "captionColumn"> },
  effects: RunEffects,
  mode: IncrementalMode = "incremental",
  knownBlockList?: BlockListFacts,
): Promise<RunSummary> {
  const blockList = knownBlockList ?? (await checkManners(config.settings, effects));
  const { urlColumn, captionColumn } = config.columns ?? selection;
  const plan = planFromSelection(selection, { ...config.shape, urlColumn, captionColumn, ...shapeOf(blockList) });
  return await withEarlyWorker(config.output, config.settings, effects, (early) =>
    downloadShards(
      config.output,
      establishPlan(plan, mode),
      config.settings,
      { blockList, rowsRead: selection.funnel.isShare === false ? undefined : selection.funnel.rowsRead, early, redo: redoRefused },
      effects,
    ),
  );
}

/** Before hours of stage one: a list with a fault, or a proxy that does not serve us, is said now. */
async function checkManners(settings: DownloadSettings, { environment }: RunEffects): Promise<BlockListFacts | undefined> {
  await checkProxies(settings, environment);
  return settings.blockLists.length > 0 ? await inspectBlockLists(settings.blockLists) : undefined;
}

const shapeOf = (blockList: BlockListFacts | undefined) => (blockList ? { blockList: blockList.digest } : {});

export { finishedSelection, finishOverwrite };

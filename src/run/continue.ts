// `prep continue`: continues an output from its records, in the stage where it stopped.
import { join, resolve } from "node:path";
import { OutputError, UsageError } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";
import { plural } from "../core/units.ts";
import type { DownloadSettings, Resources, RunEffects } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import { noOutput } from "../output/names/output-folder.ts";
import { OpenOutput } from "../output/open-output.ts";
import { decidingValues, undecided } from "../output/plans/deciding-options.ts";
import { type DownloadPlan, readPlans, type StoredPlan } from "../output/plans/download-plan.ts";
import { readState } from "../output/records/committed-shards.ts";
import { RUN_RECORD } from "../output/records/run-record.ts";
import { finishedSelection, type SelectionRecord } from "../output/records/selection-record.ts";
import { continueCommand, readStart, type StartRecord } from "../output/records/start-record.ts";
import { type Amendment, amendPlans } from "../plan/amend-plans.ts";
import { establishPlan } from "../plan/establish-plan.ts";
import { storeAt } from "../store/store-at.ts";
import { downloadShards } from "../worker/download-shards.ts";
import { redoRefused } from "../worker/redo/redo-shards.ts";
import { withEarlyWorker } from "../worker/run-tasks.ts";
import { download, downloadSelection } from "./download.ts";
import { filterInto } from "./filter.ts";
import { runInto } from "./run.ts";

/** Configuration of a continued output. Nothing here shapes it. */
export interface ContinueConfig {
  readonly output: string;
  /** The name of a run of an extended output, or its first digits if no other run has them. Undefined for the newest run. */
  readonly run: string | undefined;
  readonly settings: DownloadSettings;
  readonly amendment: Amendment;
  /** The defaults of this machine, and the values that the user named now. */
  readonly resources: { readonly machine: Resources; readonly given: Partial<Resources> };
}

/** The result: a download, partitions, or nothing to do with the reason. */
export type Continued =
  | { readonly kind: "downloaded"; readonly summary: RunSummary }
  | { readonly kind: "selected"; readonly selection: SelectionRecord }
  | { readonly kind: "done"; readonly text: string };

/**
 * Continues an output, and calls `onWork` first if there is work. Throws OutputError if the folder is no output, or if no record says with
 * what it was started.
 */
export async function continueOutput(config: ContinueConfig, effects: RunEffects, onWork: () => void): Promise<Continued> {
  const { output } = config;
  const opened = await OpenOutput.toContinue(output);
  const plans = await readPlans(output);
  const start = await readStart(output);
  // The last start may have been killed before its download had a plan. Older versions recorded no start.
  const isPlanned = config.run !== undefined || start === undefined || start.run !== undefined;
  if (plans.length > 0 && isPlanned)
    return await continuePlan(opened, planOf(output, plans, config.run ?? start?.run), plans, config, effects, onWork);
  if (config.run !== undefined) planOf(output, plans, config.run);
  if (start) return await continueStart(opened, start, config, effects, onWork);
  if (!(await storeAt(output).exists("selection.json"))) throw noOutput(output);
  return { kind: "done", text: partitionsText(output) };
}

function planOf(output: string, plans: readonly StoredPlan[], run: string | undefined): StoredPlan {
  const found = plans.filter(({ plan }) => run !== undefined && plan.run.startsWith(run));
  const newest = plans.at(-1);
  if (run === undefined && newest) return newest;
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  throw new UsageError(
    `${output} has ${only ? "several runs that begin" : "no run that begins"} with ${run}`,
    `Name one of ${plans.map(({ plan }) => plan.run).join(", ")}, or leave --run out for the newest.`,
  );
}

async function continuePlan(
  opened: OpenOutput,
  { number }: StoredPlan,
  plans: readonly StoredPlan[],
  { output, settings, amendment }: ContinueConfig,
  effects: RunEffects,
  onWork: () => void,
): Promise<Continued> {
  const amended = (await amendPlans(output, plans, amendment)).plans;
  const plan = amended.find((stored) => stored.number === number)?.plan;
  if (!plan) throw new OutputError(`${output} has no plan of number ${number} any more`, "Start the same command again.");
  await tellUnfinished(output, amended, number, effects);
  const deciding = decidingValues(settings, plan.shape);
  let reopened = 0;
  const { committed } = await readState(output, plan, (record) => {
    if (undecided(record, deciding).size > 0) reopened += 1;
  });
  if (committed.size === plan.shards.shards && reopened === 0 && (await storeAt(output).exists(RUN_RECORD)))
    return { kind: "done", text: doneText(output, plan) };
  onWork();
  const rowsRead = number === 1 ? (await finishedSelection(output))?.funnel.rowsRead : undefined;
  const summary = await withEarlyWorker(output, settings, effects, (early) =>
    downloadShards(
      opened,
      establishPlan(plan, "incremental"),
      settings,
      { blockList: undefined, rowsRead, early, redo: redoRefused },
      effects,
    ),
  );
  return { kind: "downloaded", summary };
}

function doneText(output: string, { run, shards }: DownloadPlan): string {
  return `nothing is left to do in ${output}: the run ${run} has its ${plural(shards.shards, "shard")}`;
}

/** Names the other runs of an extended output that are not finished. */
async function tellUnfinished(output: string, plans: readonly StoredPlan[], number: number, effects: RunEffects): Promise<void> {
  for (const { plan } of plans.filter((stored) => stored.number !== number)) {
    const { committed } = await readState(output, plan);
    if (committed.size === plan.shards.shards) continue;
    const text = `the run ${plan.run} of this output is not finished either: ${continueCommand(output, plan.run)}`;
    effects.emit({ event: "notice", text });
  }
}

async function continueStart(
  opened: OpenOutput,
  { format_version: _version, run: _run, ...start }: StartRecord,
  config: ContinueConfig,
  effects: RunEffects,
  onWork: () => void,
): Promise<Continued> {
  const { started } = start;
  const { output, settings, amendment } = config;
  const own: RunEffects = { ...effects, directory: start.directory, start: { ...start, limits: settings } };
  const resources = { ...config.resources.machine, ...(started.verb === "download" ? {} : started.resources), ...config.resources.given };
  if (started.verb === "filter") {
    if (await finishedSelection(output)) return { kind: "done", text: partitionsText(output) };
    onWork();
    return { kind: "selected", selection: await filterInto(opened, { ...started, resources }, own) };
  }
  onWork();
  const transform = { ...started.shape.transform, ...amendment.limits };
  const isOwn =
    started.verb === "run" || (started.inputs.length === 1 && resolve(started.inputs[0] ?? "") === resolve(output, "partitions"));
  const selection = isOwn ? await finishedSelection(output) : undefined;
  const mode = started.verb === "download" ? started.mode : "incremental";
  const common = { shape: { ...started.shape, transform }, settings };
  if (selection) {
    const columns = started.verb === "download" ? { columns: started.shape } : {};
    return { kind: "downloaded", summary: await downloadSelection(opened, selection, { ...common, ...columns, mode }, own) };
  }
  if (started.verb === "run") {
    const whole = await opened.withRun({ ...common.shape, ...settings });
    return { kind: "downloaded", summary: await runInto(whole, { ...common, selection: started.selection, resources }, own) };
  }
  const shape = { ...started.shape, transform };
  return { kind: "downloaded", summary: await download(opened, { ...started, ...common, shape }, own) };
}

function partitionsText(output: string): string {
  const folder = shellWord(join(output, "partitions"));
  return `the partitions of ${output} are finished: prep download ${folder} --output ${shellWord(output)} downloads them`;
}

// Packs every planned shard that has no record, and writes the summary of the run.
import { IncompleteError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import { plural } from "../core/units.ts";
import type { EarlyWorker } from "../engine/worker-process.ts";
import type { BlockListFacts } from "../fetch/rights/block-list.ts";
import type { DownloadSettings, RunEffects } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import type { DecidingValues } from "../manifest/shard-record.ts";
import { busyText, countBusy, noticeOtherStarts, runSharedTasks, type TasksEnd, TRY_LATER } from "../output/concurrent-starts.ts";
import { SIZES } from "../output/names/output-names.ts";
import type { OpenOutput } from "../output/open-output.ts";
import { establishBlockList } from "../output/plans/block-list-file.ts";
import { decidingValues, undecided } from "../output/plans/deciding-options.ts";
import { type DownloadPlan, readLastSettings, writeSettings } from "../output/plans/download-plan.ts";
import { plannedEvent, taskCount, taskShards } from "../output/plans/shard-plan.ts";
import { isCommitted, type OutputState, readState } from "../output/records/committed-shards.ts";
import { writeRunRecord } from "../output/records/run-record.ts";
import { keepStart } from "../output/records/start-record.ts";
import { RunProgress } from "../output/status/run-progress.ts";
import { sizesText } from "../output/verify/verify-summaries.ts";
import { withProcessLock } from "../store/locks/process-lock.ts";
import { storeAt } from "../store/store-at.ts";
import { asOutputError, asRemovedError } from "../store/system-errors.ts";
import { conductNotices, relaxations } from "./conduct-notices.ts";
import { checkDescriptors } from "./descriptors.ts";
import { withDiskWait } from "./disk-wait.ts";
import { killCost, killNotice } from "./kill-cost.ts";
import type { RedoJob, RedoShard } from "./redo/redo-job.ts";
import { allRefused, isAccepted, RefusalTrial, refusalError, refusedOnce } from "./refusals/refusal-trial.ts";
import { runTasks } from "./run-tasks.ts";

/**
 * Downloads, transforms and packs every shard of a plan that has no record yet, and returns the sums of the whole run. Throws
 * IncompleteError if shards are left undone, and OutputError for a full disk or a folder that is gone.
 */
export async function downloadShards(output: OpenOutput, ...rest: Rest<typeof downloadInto>): Promise<RunSummary> {
  const { path } = output;
  try {
    await output.makeFolder();
    return await withProcessLock(path, () => downloadInto(path, ...rest));
  } catch (error) {
    const doing = `keeping the records of ${path}`;
    throw asRemovedError(asOutputError(error, doing), doing);
  }
}

/** What is known of a download besides its plan. */
export interface DownloadCircumstances {
  /** Rows that stage one read, if it ran. */
  readonly rowsRead?: number | undefined;
  readonly blockList: BlockListFacts | undefined;
  readonly early?: EarlyWorker | undefined;
  /** Makes further generations of finished shards. */
  readonly redo: (output: string, job: RedoJob, effects: RunEffects) => Promise<number>;
}

/** Writes the plan of a new run, or finds the plan of the run that continues. */
type EstablishPlan = (output: string, effects: RunEffects) => Promise<DownloadPlan>;

type Rest<F> = F extends (output: string, ...rest: infer R) => unknown ? R : never;

/** A run whose plan and settings are on disk. */
interface EstablishedRun {
  readonly output: string;
  readonly plan: DownloadPlan;
  readonly settings: DownloadSettings;
  /** Rows of the plan. */
  readonly samples: number;
  /** The options that decide over rows, with their values now. */
  readonly deciding: DecidingValues;
  /** Whether an earlier start already stopped because these options refused all rows. */
  readonly isRefusalAccepted: boolean;
}

async function downloadInto(
  output: string,
  establish: EstablishPlan,
  settings: DownloadSettings,
  { rowsRead, blockList, early, redo }: DownloadCircumstances,
  effects: RunEffects,
): Promise<RunSummary> {
  const startedAt = effects.now();
  const shortage = checkDescriptors(settings);
  const run = await establishRun(output, await establish(output, effects), settings, blockList, effects);
  const before = await startingState(run, shortage, redo, effects);
  const { undone, busy } = await runMissingTasks(run, before, early, effects);
  const after = await readState(output, run.plan);
  const summary = summaryOf(run, after, rowsRead, effects.now() - startedAt);
  await withDiskWait(output, settings, effects, async (diskWait) => {
    const sizes = sizesText(new Map(Object.entries(after.sizes)));
    await diskWait.retrying(() => storeAt(output).replace(SIZES, sizes));
    await diskWait.retrying(() => writeRunRecord(output, run.plan, versions(effects), summary));
  });
  // Workers that died may have left some.
  await storeAt(output).removeDeadFiles();
  insistOnAllShards(run, after, { undone, busy });
  await insistOnUnrefusedRows(run, after);
  return summary;
}

/** Writes what workers and later starts read: settings, start record and block list. */
async function establishRun(
  output: string,
  plan: DownloadPlan,
  settings: DownloadSettings,
  blockList: BlockListFacts | undefined,
  effects: RunEffects,
): Promise<EstablishedRun> {
  const deciding = decidingValues(settings, plan.shape);
  const once = (await readLastSettings(output))?.refusedOnce;
  const isRefusalAccepted = isAccepted(once, plan.run, deciding);
  await writeSettings(output, { ...settings, ...(isRefusalAccepted ? { refusedOnce: once } : {}) });
  await keepStart(output, effects.start, plan.run);
  // A retry may have given the output another list than this start names.
  if (blockList && blockList.digest === plan.shape.blockList) await establishBlockList(output, settings.blockLists, blockList);
  const samples = plan.shards.inputs.reduce((sum, { rows }) => sum + rows, 0);
  return { output, plan, settings, samples, deciding, isRefusalAccepted };
}

/** Reads what earlier starts committed, tells the user what this one begins with, and redoes rows that changed options refused. */
async function startingState(
  { output, plan, settings, samples, deciding }: EstablishedRun,
  shortage: string | undefined,
  redo: DownloadCircumstances["redo"],
  effects: RunEffects,
): Promise<OutputState> {
  const reopened: RedoShard[] = [];
  const before = await readState(output, plan, (record) => {
    if (undecided(record, deciding).size > 0) reopened.push({ shard: record.shard, base: record.generation ?? 0, kind: "refused" });
  });
  if (shortage !== undefined) effects.emit({ event: "notice", text: shortage });
  for (const text of conductNotices(settings, samples, effects.environment)) effects.emit({ event: "notice", text });
  effects.emit(plannedEvent(plan.shards));
  const cost = killCost(plan.shards, settings, { shards: before.committed.size, rows: before.totals.count });
  effects.emit({
    event: "download_started",
    samples,
    shards: plan.shards.shards,
    shardsDone: before.committed.size,
    samplesDone: before.totals.count,
    killCost: cost,
  });
  const notice = killNotice(cost);
  if (notice !== undefined) effects.emit({ event: "notice", text: notice });
  if (reopened.length === 0) return before;
  await redo(output, { plan, settings, shards: reopened, isAdopted: false }, effects);
  return await readState(output, plan);
}

/** Runs the tasks with a shard that has no record. If the trial stops the run, the next start finds why. */
async function runMissingTasks(
  { output, plan, settings, samples, deciding, isRefusalAccepted }: EstablishedRun,
  before: OutputState,
  early: EarlyWorker | undefined,
  effects: RunEffects,
): Promise<TasksEnd> {
  const { packed, count, ...totals } = before.totals;
  const progress = new RunProgress(samples, { ...totals, packed, failed: count - packed });
  const refusedBefore = allRefused(before.totals.outcomes);
  const isOnTrial = !isRefusalAccepted && (count === 0 || refusedBefore !== undefined);
  const trial = isOnTrial ? new RefusalTrial(refusedBefore) : undefined;
  const tasks = Array.from({ length: taskCount(plan.shards) }, (_, task) => task).filter((task) =>
    taskShards(plan.shards, task).some((shard) => !before.committed.has(shard)),
  );
  await noticeOtherStarts(output, effects);
  const work = (some: readonly number[]) =>
    runTasks(output, { run: plan.run, isOnTrial }, some, settings, effects, progress, { early, trial });
  return await runSharedTasks(output, tasks, work, (task) => isTaskDone(output, plan, task), effects).catch(async (error: unknown) => {
    if (trial?.verdict) await writeSettings(output, { ...settings, refusedOnce: refusedOnce(trial.verdict, plan.run, deciding) });
    throw error;
  });
}

async function isTaskDone(output: string, { shards, shape, run }: DownloadPlan, task: number): Promise<boolean> {
  for (const shard of taskShards(shards, task)) if (!(await isCommitted(output, shardName(shard, shape.shardDigits), run))) return false;
  return true;
}

function summaryOf(
  { output, plan, settings, samples }: EstablishedRun,
  { totals }: OutputState,
  rowsRead: number | undefined,
  elapsedMs: number,
): RunSummary {
  return {
    output,
    ...(rowsRead === undefined ? {} : { rowsRead }),
    rowsKept: samples,
    shards: totals.shards,
    packed: totals.packed,
    failedToDownload: totals.failedToDownload,
    failedToResize: totals.failedToResize,
    downloadedBytes: totals.downloadedBytes,
    storedBytes: totals.storedBytes,
    requests: totals.requests,
    outcomes: totals.outcomes,
    elapsedMs,
    relaxations: relaxations(settings),
    outputFormat: plan.shape.outputFormat,
    shardDigits: plan.shape.shardDigits,
    firstShard: plan.shards.firstShard,
  };
}

function insistOnAllShards({ output, plan }: EstablishedRun, { committed }: OutputState, { undone, busy }: TasksEnd): void {
  if (busy.size > 0) throw new IncompleteError(busyText(output, countBusy(busy)), TRY_LATER);
  const { shards } = plan.shards;
  if (undone.length > 0 || committed.size < shards) {
    throw new IncompleteError(`${shards - committed.size} of ${plural(shards, "shard")} are left undone`, "Start the same command again.");
  }
}

/** Throws QualityError if one option refused every row and no earlier start said so: starting again accepts it. */
async function insistOnUnrefusedRows(
  { output, plan, settings, deciding, isRefusalAccepted }: EstablishedRun,
  { totals }: OutputState,
): Promise<void> {
  const refused = isRefusalAccepted ? undefined : allRefused(totals.outcomes);
  if (!refused) return;
  await writeSettings(output, { ...settings, refusedOnce: refusedOnce(refused, plan.run, deciding) });
  throw refusalError(output, refused);
}

/** The versions that made an output, for its records. */
export function versions(effects: RunEffects): Record<string, string | undefined> {
  return { prep: effects.version, node: process.version };
}

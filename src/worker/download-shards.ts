// The conductor, stage two: a plan becomes shards, by whichever workers there are.
import { IncompleteError, InputError, InterruptedError, OutputError, type PrepError, QueryError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import { plural } from "../core/units.ts";
import { runLocally, WorkerFailure } from "../engine/local.ts";
import type { ErrorMessage, WorkerJob } from "../engine/messages.ts";
import { EarlyWorker, type WorkerProgram } from "../engine/worker-process.ts";
import type { BlockListFacts } from "../fetch/rights/block-list.ts";
import type { DownloadSettings, RunEffects } from "../job/config.ts";
import type { RunSummary } from "../job/events.ts";
import { busyText, countBusy, noticeOtherStarts, runSharedTasks, type TasksEnd, TRY_LATER } from "../output/concurrent-starts.ts";
import { SIZES } from "../output/names/output-names.ts";
import type { OpenOutput } from "../output/open-output.ts";
import { establishBlockList } from "../output/plans/block-list-file.ts";
import { decidingValues, undecided } from "../output/plans/deciding-options.ts";
import { type DownloadPlan, readLastSettings, writeSettings } from "../output/plans/download-plan.ts";
import { plannedEvent, taskCount, taskShards } from "../output/plans/shard-plan.ts";
import { isCommitted, readState } from "../output/records/committed-shards.ts";
import { RUN_RECORD, writeRunRecord } from "../output/records/run-record.ts";
import { keepStart } from "../output/records/start-record.ts";
import { RunProgress } from "../output/status/run-progress.ts";
import { sizesText } from "../output/verify/verify-summaries.ts";
import { withProcessLock } from "../store/locks/process-lock.ts";
import { storeAt } from "../store/store-at.ts";
import { asOutputError, asRemovedError } from "../store/system-errors.ts";
import { conductNotices, relaxations } from "./conduct-notices.ts";
import { checkDescriptors, MAX_OPEN_SHARDS } from "./descriptors.ts";
import { withDiskWait } from "./disk-wait.ts";
import { killCost, killNotice } from "./kill-cost.ts";
import { Pauses } from "./merge-pauses.ts";
import type { RedoJob, RedoShard } from "./redo/redo-job.ts";
import { allRefused, isAccepted, RefusalTrial, refusalError, refusedOnce } from "./refusals/refusal-trial.ts";

/** Bodies lie outside of V8's heap, and the young ones go when it collects: it should do so before they pile up. 16 MB is its default. */
const WORKER_FLAGS = ["--max-semi-space-size=2"];

/** Progress is told so often at least. */
const TELL_INTERVAL_MS = 1000;

/**
 * Downloads, transforms and packs every shard that has no record yet, as a new run of the output or going on with one;
 * throws IncompleteError where some cannot be done.
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

/** What is known of a download beside its plan. */
export interface DownloadCircumstances {
  readonly rowsRead?: number | undefined;
  readonly blockList: BlockListFacts | undefined;
  readonly early?: EarlyWorker | undefined;
  /** Makes further generations of finished shards. */
  readonly redo: (output: string, job: RedoJob, effects: RunEffects) => Promise<number>;
}

/** Writes the plan of the run, or finds that of the run to go on with. */
type EstablishPlan = (output: string, effects: RunEffects) => Promise<DownloadPlan>;

type Rest<F> = F extends (output: string, ...rest: infer R) => unknown ? R : never;

async function downloadInto(
  output: string,
  establish: EstablishPlan,
  settings: DownloadSettings,
  { rowsRead, blockList, early, redo }: DownloadCircumstances,
  effects: RunEffects,
): Promise<RunSummary> {
  const startedAt = effects.now();
  const shortage = checkDescriptors(settings);
  const plan = await establish(output, effects);
  const deciding = decidingValues(settings, plan.shape);
  const once = (await readLastSettings(output))?.refusedOnce;
  const isRefusalAccepted = isAccepted(once, plan.run, deciding);
  await writeSettings(output, { ...settings, ...(isRefusalAccepted ? { refusedOnce: once } : {}) });
  await keepStart(output, effects.start, plan.run);
  // A retry may have given the output another list than this start names.
  if (blockList && blockList.digest === plan.shape.blockList) await establishBlockList(output, settings.blockLists, blockList);
  const reopened: RedoShard[] = [];
  let before = await readState(output, plan, (record) => {
    if (undecided(record, deciding).size > 0) reopened.push({ shard: record.shard, base: record.generation ?? 0, kind: "refused" });
  });
  const samples = plan.shards.inputs.reduce((sum, { rows }) => sum + rows, 0);
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
  if (reopened.length > 0) {
    await redo(output, { plan, settings, shards: reopened, isAdopted: false }, effects);
    before = await readState(output, plan);
  }
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
  const { undone, busy } = await runSharedTasks(output, tasks, work, (task) => isTaskDone(output, plan, task), effects).catch(
    async (error: unknown) => {
      if (trial?.verdict) await writeSettings(output, { ...settings, refusedOnce: refusedOnce(trial.verdict, plan.run, deciding) });
      throw error;
    },
  );
  const after = await readState(output, plan);
  const sizes = sizesText(new Map(Object.entries(after.sizes)));
  const summary: RunSummary = {
    output,
    ...(rowsRead === undefined ? {} : { rowsRead }),
    rowsKept: samples,
    shards: after.totals.shards,
    packed: after.totals.packed,
    failedToDownload: after.totals.failedToDownload,
    failedToResize: after.totals.failedToResize,
    downloadedBytes: after.totals.downloadedBytes,
    storedBytes: after.totals.storedBytes,
    requests: after.totals.requests,
    outcomes: after.totals.outcomes,
    elapsedMs: effects.now() - startedAt,
    relaxations: relaxations(settings),
    outputFormat: plan.shape.outputFormat,
    shardDigits: plan.shape.shardDigits,
    firstShard: plan.shards.firstShard,
  };
  await withDiskWait(output, settings, effects, async (diskWait) => {
    await diskWait.retrying(() => storeAt(output).replace(SIZES, sizes));
    await diskWait.retrying(() => writeRunRecord(output, plan, versions(effects), summary));
  });
  // Of workers that died.
  await storeAt(output).removeDeadFiles();
  if (busy.size > 0) throw new IncompleteError(busyText(output, countBusy(busy)), TRY_LATER);
  if (undone.length > 0 || after.committed.size < plan.shards.shards) {
    throw new IncompleteError(
      `${plan.shards.shards - after.committed.size} of ${plural(plan.shards.shards, "shard")} are left undone`,
      "Start the same command again.",
    );
  }
  const refused = isRefusalAccepted ? undefined : allRefused(after.totals.outcomes);
  if (refused) {
    await writeSettings(output, { ...settings, refusedOnce: refusedOnce(refused, plan.run, deciding) });
    throw refusalError(output, refused);
  }
  return summary;
}

async function isTaskDone(output: string, { shards, shape, run }: DownloadPlan, task: number): Promise<boolean> {
  for (const shard of taskShards(shards, task)) if (!(await isCommitted(output, shardName(shard, shape.shardDigits), run))) return false;
  return true;
}

/** The versions that made an output, for its records. */
export function versions(effects: RunEffects): Record<string, string | undefined> {
  return { prep: effects.version, node: process.version };
}

/** How workers for an output are started. */
function workerProgram(output: string, { decoderThreads }: DownloadSettings, { program, environment }: RunEffects): WorkerProgram {
  return {
    program,
    args: ["task", output, "--serve"],
    // DNS look-ups by name service, file reads and DuckDB's calls share the pool with nothing that decodes.
    environment: { ...environment, UV_THREADPOOL_SIZE: String(Math.max(8, decoderThreads)), MALLOC_ARENA_MAX: "2" },
    nodeFlags: WORKER_FLAGS,
  };
}

/** Lets the first worker load while `work` finds out what it is for; an output that was finished before hardly needs one. */
export async function withEarlyWorker<T>(
  output: string,
  settings: DownloadSettings,
  effects: RunEffects,
  work: (early: EarlyWorker | undefined) => Promise<T>,
): Promise<T> {
  const early = (await storeAt(output).exists(RUN_RECORD)) ? undefined : new EarlyWorker(workerProgram(output, settings, effects));
  try {
    return await work(early);
  } finally {
    early?.end();
  }
}

/** Runs tasks of a job in worker processes. */
export async function runTasks(
  output: string,
  job: WorkerJob,
  tasks: readonly number[],
  settings: DownloadSettings,
  effects: RunEffects,
  progress: RunProgress,
  { early, trial }: { readonly early?: EarlyWorker | undefined; readonly trial?: RefusalTrial | undefined } = {},
): Promise<TasksEnd> {
  const busy = new Map<number, Set<string>>();
  const workers = Math.min(settings.processes, tasks.length);
  const refused = new AbortController();
  const pauses = new Pauses((text, pause) => effects.emit({ event: "notice", text, ...(pause ? { pause } : {}) }));
  const tell = () => effects.emit(progress.event(effects.now(), pauses.isAnybodyWaiting));
  // Where nothing ends the time left changes all the same.
  const telling = setInterval(tell, TELL_INTERVAL_MS);
  try {
    const undone = await runLocally(
      tasks,
      {
        ...workerProgram(output, settings, effects),
        job: { ...job, workers },
        early,
        workers,
        tasksPerWorker: MAX_OPEN_SHARDS,
        onMessage: (message, worker, answer) => {
          progress.heard(message, worker);
          if (message.kind === "progress") {
            tell();
            const verdict = trial?.hear(message, worker);
            if (verdict === "proceed") answer({ kind: "proceed" });
            else if (verdict) refused.abort(refusalError(output, verdict));
          }
          if (message.kind === "notice") pauses.heard(message, worker);
          if (message.kind === "busy") busy.set(message.task, (busy.get(message.task) ?? new Set()).add(message.subject));
          if (message.kind === "shard")
            effects.emit({ event: "shard_finished", shard: message.shard, packed: message.packed, failed: message.failed });
        },
        onDeath: (reason) => effects.emit({ event: "worker_died", reason }),
        onExit: (worker) => {
          progress.gone(worker);
          pauses.gone(worker);
        },
      },
      AbortSignal.any([effects.signal, refused.signal]),
    );
    return { undone, busy };
  } catch (error) {
    if (error instanceof WorkerFailure) throw revive(error.error);
    throw asOutputError(error, "starting workers");
  } finally {
    clearInterval(telling);
  }
}

/** A worker's error as the error that it was. */
function revive({ message, hint, exitCode, stack }: ErrorMessage): Error {
  const kinds: Readonly<Record<number, new (message: string, hint?: string) => PrepError>> = {
    3: QueryError,
    4: InputError,
    5: OutputError,
    7: IncompleteError,
  };
  const kind = exitCode === undefined ? undefined : kinds[exitCode];
  if (kind) return new kind(message, hint);
  if (exitCode === 143) return new InterruptedError("SIGTERM", hint);
  const defect = new Error(message);
  if (stack) defect.stack = stack;
  return defect;
}

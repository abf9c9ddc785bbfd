// Runs tasks of a download in worker processes, and tells what the workers report.
import { IncompleteError, InputError, InterruptedError, OutputError, type PrepError, QueryError } from "../core/errors.ts";
import { runLocally, WorkerFailure } from "../engine/local.ts";
import type { ErrorMessage, WorkerJob } from "../engine/messages.ts";
import { EarlyWorker, type WorkerProgram } from "../engine/worker-process.ts";
import type { DownloadSettings, RunEffects } from "../job/config.ts";
import type { TasksEnd } from "../output/concurrent-starts.ts";
import { RUN_RECORD } from "../output/records/run-record.ts";
import type { RunProgress } from "../output/status/run-progress.ts";
import { storeAt } from "../store/store-at.ts";
import { asOutputError } from "../store/system-errors.ts";
import { MAX_OPEN_SHARDS } from "./descriptors.ts";
import { MergedPauses } from "./merge-pauses.ts";
import { type RefusalTrial, refusalError } from "./refusals/refusal-trial.ts";

/** Downloaded bodies lie outside V8's heap and are freed when V8 collects young objects. A small young space, in MB, makes it collect sooner; V8's default is 16. */
const WORKER_FLAGS = ["--max-semi-space-size=2"];

/** How often progress is reported at least. */
const REPORT_INTERVAL_MS = 1000;

/** How the workers of an output are started. */
function workerProgram(output: string, { decoderThreads }: DownloadSettings, { program, environment }: RunEffects): WorkerProgram {
  return {
    program,
    args: ["task", output, "--serve"],
    // Name look-ups, file reads and DuckDB's calls share libuv's thread pool, so it must not be smaller than what decodes.
    environment: { ...environment, UV_THREADPOOL_SIZE: String(Math.max(8, decoderThreads)), MALLOC_ARENA_MAX: "2" },
    nodeFlags: WORKER_FLAGS,
  };
}

/** Starts the first worker while `work` still plans, so that its program is loaded by then. A finished output hardly needs one. */
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

/**
 * Runs tasks of a job in worker processes. Returns those left undone, because their workers died, and those that other processes
 * have. Throws the error of a worker that cannot continue, and the error of the trial if one option refused all first rows.
 */
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
  const pauses = new MergedPauses((text, pause) => effects.emit({ event: "notice", text, ...(pause ? { pause } : {}) }));
  const report = () => effects.emit(progress.event(effects.now(), pauses.isAnybodyWaiting));
  // The time left changes even while no sample ends.
  const reporting = setInterval(report, REPORT_INTERVAL_MS);
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
            report();
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
    clearInterval(reporting);
  }
}

/** Makes the error again that a worker threw. */
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

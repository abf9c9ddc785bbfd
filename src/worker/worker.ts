// Serves the tasks of one worker process, and packs their shards.
import { IncompleteError, InterruptedError, PrepError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import type { FromWorker, ToWorker, WorkerJob } from "../engine/messages.ts";
import { asInputError } from "../metadata/input-errors.ts";
import { busyText } from "../output/concurrent-starts.ts";
import { inputPath, readSettings } from "../output/plans/download-plan.ts";
import { taskShards } from "../output/plans/shard-plan.ts";
import { isCommitted } from "../output/records/committed-shards.ts";
import { WorkerProgress } from "../output/status/worker-progress.ts";
import { asRunError } from "../sql/errors.ts";
import { claimSubject } from "../store/locks/claim.ts";
import { storeAt } from "../store/store-at.ts";
import { asOutputError, asRemovedError, goneError } from "../store/system-errors.ts";
import { isDiskFull, lackOf } from "../store/wait-for-disk.ts";
import { fullDiskError, type Notice } from "./disk-wait.ts";
import { attemptSubject, type PackProgress, packShard } from "./pack-shard.ts";
import { checkProxies } from "./proxies.ts";
import { redoShard } from "./redo/redo-shard.ts";
import type { RefusalGate } from "./refusals/refusal-gate.ts";
import type { ShardResources } from "./worker-resources.ts";
import { openResources, type WorkerEffects, type WorkerResources } from "./worker-resources.ts";

const PROGRESS_INTERVAL_MS = 250;

/**
 * Packs every shard of a task that is not committed yet, and begins each as soon as all samples of the one before are begun. This is
 * the unit of work of every engine, and may be repeated.
 */
async function runTask(task: number, shared: WorkerResources, signal: AbortSignal, report: (message: FromWorker) => void): Promise<void> {
  const resources: WorkerResources = { ...shared, onKillers: (shard, killers) => report({ kind: "found", task, shard, killers }) };
  const { job, plan } = resources;
  const again = job?.shards[task];
  const stop = new AbortController();
  const anyEnd = AbortSignal.any([signal, stop.signal]);
  const open: Promise<void>[] = [];
  const doShard = async (shard: number, onBegun: () => void) => {
    const name = shardName(shard, plan.shape.shardDigits);
    const subject = attemptSubject(name, again ? again.base + 1 : 0);
    const claim = await resources.diskWait.retrying(() => claimSubject(resources.output, subject));
    if (!claim) return report({ kind: "busy", task, subject });
    try {
      // Another process may have had the claim until now.
      if (again || !(await isCommitted(resources.output, name, plan.run))) await doClaimed(shard, name, onBegun);
    } finally {
      await claim.release();
    }
  };
  const doClaimed = async (shard: number, name: string, onBegun: () => void) => {
    const progress = { signal: anyEnd, onBegun };
    // A disk may report that it is full only after the writes that it cannot keep.
    const record = await resources.diskWait.redoing(() =>
      job && again ? redoShard(again, job, resources, progress) : packUnlessCommitted(shard, name, resources, progress),
    );
    const counts = resources.progress.end(name);
    if (record) report({ kind: "shard", shard: name, packed: record.successes, failed: record.count - record.successes, counts });
  };
  try {
    for (const shard of again ? [again.shard] : taskShards(plan.shards, task)) {
      await resources.openShards.reserve(1, anyEnd);
      await new Promise<void>((onBegun) => {
        const work = doShard(shard, onBegun)
          .catch((error: unknown) => stop.abort(error))
          .finally(() => {
            resources.openShards.release(1);
            onBegun();
          });
        open.push(work);
      });
    }
    report({ kind: "begun", task });
  } finally {
    await Promise.all(open);
  }
  anyEnd.throwIfAborted();
}

/** Undefined if another start was first. That start may also have swept the files of this attempt, which then no longer matter. */
async function packUnlessCommitted(shard: number, name: string, resources: ShardResources, progress: PackProgress) {
  try {
    return await packShard(shard, resources, progress);
  } catch (error) {
    if (progress.signal.aborted || !(await isCommitted(resources.output, name, resources.plan.run))) throw error;
    return undefined;
  }
}

/** Does one task of a run, by default of the newest: `prep task OUT --index N`. Throws IncompleteError if other processes have its shards. */
export async function runOneTask(output: string, run: string | undefined, task: number, effects: WorkerEffects): Promise<void> {
  const resources = await openResources(output, { run }, effects, new WorkerProgress(effects.now)).catch((error: unknown) => {
    throw asOutputError(error, "opening the output");
  });
  try {
    await checkProxies(await readSettings(output), effects.environment);
    const busy: string[] = [];
    await runTask(task, resources, effects.signal, (message) => message.kind === "busy" && busy.push(message.subject));
    if (busy.length > 0) throw new IncompleteError(busyText(output, busy.length), "Start the same task again when it has ended.");
  } catch (error) {
    throw await asTaskError(error, resources);
  } finally {
    await resources.close();
  }
}

/** The channel to the engine. */
export interface TaskChannel {
  send(message: FromWorker): void;
  onMessage(receive: (message: ToWorker) => void): void;
}

/** Serves tasks from a channel until it is told to stop. Several tasks at a time share the budgets of this worker. */
export async function serveTasks(
  output: string,
  job: WorkerJob,
  channel: TaskChannel,
  effects: Omit<WorkerEffects, "notice" | "onAnswer">,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([effects.signal, stop.signal]);
  const progress = new WorkerProgress(effects.now);
  let answered: string | undefined;
  let gate: RefusalGate | undefined;
  let reported = progress.version;
  const send = () => {
    reported = progress.version;
    channel.send({ kind: "progress", ...progress.snapshot, answered, refused: gate?.refused });
  };
  const report = () => {
    if (progress.version !== reported) send();
  };
  const onAnswer = (url: string) => {
    const isFirst = answered === undefined;
    answered = url;
    // Other workers may need this before the next tick.
    if (isFirst) send();
  };
  let resources: WorkerResources;
  try {
    const notice: Notice = (text, pause) => channel.send({ kind: "notice", text, ...(pause ? { pause } : {}) });
    resources = await openResources(output, job, { ...effects, signal, notice, onAnswer }, progress);
    gate = resources.gate;
  } catch (error) {
    // The engine waits for a message from every worker.
    channel.send({ kind: "failed", error: describeError(asOutputError(error, "opening the output")) });
    return;
  }
  const ticking = setInterval(report, PROGRESS_INTERVAL_MS);
  const running = new Set<Promise<void>>();
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    // It may have aborted while the resources were opened.
    if (signal.aborted) resolve();
    channel.onMessage((message) => {
      if (message.kind === "stop") stop.abort(new InterruptedError("SIGTERM"));
      if (message.kind === "proceed") resources.gate.open();
      if (message.kind === "answered") for (const url of message.urls) resources.fetcher.learn(url);
      if (message.kind !== "task") return;
      const work = runTask(message.task, resources, signal, (done) => channel.send(done))
        .then(() => {
          report();
          channel.send({ kind: "done", task: message.task });
        })
        .catch(async (error: unknown) => {
          if (!signal.aborted) channel.send({ kind: "failed", error: describeError(await asTaskError(error, resources)) });
          stop.abort(error);
        })
        .finally(() => running.delete(work));
      running.add(work);
    });
  });
  channel.send({ kind: "ready" });
  await stopped;
  clearInterval(ticking);
  await Promise.all(running);
  await resources.close();
}

async function asTaskError(error: unknown, { output, plan }: ShardResources): Promise<unknown> {
  // If the output is gone, that is why anything failed.
  const store = storeAt(output);
  if (!(await store.exists())) return goneError(output);
  if (!(error instanceof PrepError) && isDiskFull(error))
    return fullDiskError(error, lackOf(output, await store.space().catch(() => undefined)));
  const known = asOutputError(error, "writing shards");
  if (known !== error) return known;
  const inputs = plan.shards.inputs.map(({ path }) => ({ path: inputPath(output, path) }));
  return asRemovedError(asRunError(await asInputError(error, inputs), "reading rows and writing sidecars"), "writing shards");
}

function describeError(error: unknown): { message: string; hint?: string; exitCode?: number; stack?: string } {
  if (error instanceof PrepError) return { message: error.message, exitCode: error.exitCode, ...(error.hint ? { hint: error.hint } : {}) };
  const known = error instanceof Error ? error : new Error(String(error));
  return { message: known.message, ...(known.stack ? { stack: known.stack } : {}) };
}

// Runs tasks in worker processes on this machine.
import type { ChildProcess } from "node:child_process";
import type { ErrorMessage, FromWorker, ToWorker, WorkerJob } from "./messages.ts";
import { type EarlyWorker, forkWorker, type WorkerProgram } from "./worker-process.ts";

/** How the local engine works. */
export interface LocalEngineOptions extends WorkerProgram {
  readonly job: WorkerJob;
  /** A process that is already loading, to be used as the first worker. */
  readonly early?: EarlyWorker | undefined;
  readonly workers: number;
  /** The most tasks of a worker at a time: one whose samples it still begins, and others that wait for their slowest. */
  readonly tasksPerWorker: number;
  /** `worker` is the process's id. */
  readonly onMessage: (message: FromWorker, worker: number, answer: (message: ToWorker) => void) => void;
  readonly onDeath: (reason: string) => void;
  /** Called when a worker process has ended, for whatever reason. */
  readonly onExit?: (worker: number) => void;
}

/** A task is left undone after this many deaths of workers in which it was alone, if no sample in it was found to be the cause. */
const MAX_DEATHS_PER_TASK = 3;

/** The run gives up after this many workers that a signal ended before they were ready, as the kernel does when memory is short. */
const MAX_EARLY_DEATHS = 3;

/** How many answered URLs workers are told before their tasks: enough to tell a dead host from a dead network. */
const MAX_ANSWERED = 8;

/** How long workers may take to stop before they are killed. */
const STOP_GRACE_MS = 5000;

/** A worker reported that the run cannot continue. */
export class WorkerFailure extends Error {
  readonly error: ErrorMessage;

  constructor(error: ErrorMessage) {
    super(error.message);
    this.error = error;
  }
}

/**
 * Runs all tasks. Returns those left undone because their workers died again and again. Throws WorkerFailure if a worker reports an
 * error of the run, and the signal's reason when it aborts. No worker is alive afterwards.
 */
export async function runLocally(tasks: readonly number[], options: LocalEngineOptions, signal: AbortSignal): Promise<number[]> {
  if (tasks.length === 0) return [];
  signal.throwIfAborted();
  const engine = new LocalEngine(tasks, options);
  const stop = () => engine.fail(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await engine.run();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

class LocalEngine {
  readonly #queue: number[];
  readonly #options: LocalEngineOptions;
  readonly #workers = new Map<ChildProcess, Set<number>>();
  readonly #ready = new Set<ChildProcess>();
  /** Running tasks whose samples are all begun. */
  readonly #begun = new Set<number>();
  readonly #deaths = new Map<number, number>();
  /** The number of samples of each shard that are known to kill workers. */
  readonly #killers = new Map<string, number>();
  readonly #undone: number[] = [];
  /** The last answered URL of some workers, by process id. */
  readonly #answered = new Map<number, string>();
  #earlyDeaths = 0;
  readonly #finished: Promise<number[]>;
  #resolve: (undone: number[]) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(tasks: readonly number[], options: LocalEngineOptions) {
    this.#queue = [...tasks];
    this.#options = options;
    this.#finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  async run(): Promise<number[]> {
    const workers = Math.min(this.#options.workers, this.#queue.length);
    for (let worker = 0; worker < workers && !this.#failure; worker++) this.#start();
    return await this.#finished;
  }

  /** Tells all workers to stop; `run` rejects with the reason when the last one is gone. */
  fail(reason: unknown): void {
    if (this.#failure) return;
    this.#failure = { reason };
    for (const worker of this.#workers.keys()) send(worker, { kind: "stop" });
    setTimeout(() => {
      for (const worker of this.#workers.keys()) worker.kill("SIGKILL");
    }, STOP_GRACE_MS).unref();
    this.#settle();
  }

  #start(): void {
    let worker: ChildProcess;
    try {
      worker = this.#options.early?.take() ?? forkWorker(this.#options);
    } catch (error) {
      // If a process cannot be started, Node throws some errors and emits others.
      this.fail(error);
      return;
    }
    this.#workers.set(worker, new Set());
    worker.on("message", (message: FromWorker) => this.#receive(worker, message));
    worker.on("error", (error) => {
      // A process that never started does not exit.
      if (worker.pid === undefined) this.#workers.delete(worker);
      this.fail(error);
      this.#settle();
    });
    worker.on("exit", (code, signal) => this.#exited(worker, signal ?? `exit code ${code}`, signal !== null));
    send(worker, { kind: "open", job: this.#options.job });
  }

  #receive(worker: ChildProcess, message: FromWorker): void {
    if (message.kind === "ready") this.#ready.add(worker);
    if (message.kind === "failed") this.fail(new WorkerFailure(message.error));
    if (message.kind === "begun") this.#begun.add(message.task);
    if (message.kind === "done") {
      this.#workers.get(worker)?.delete(message.task);
      this.#begun.delete(message.task);
    }
    // The cause of the deaths is known and will be skipped. Each such sample is counted once, so this ends.
    if (message.kind === "found" && message.killers > (this.#killers.get(message.shard) ?? 0)) {
      this.#killers.set(message.shard, message.killers);
      this.#deaths.set(message.task, 0);
    }
    if (message.kind === "progress" && message.answered !== undefined) this.#hasAnswered(worker, message.answered);
    this.#options.onMessage(message, worker.pid ?? 0, (answer) => send(worker, answer));
    if (message.kind === "ready" || message.kind === "begun" || message.kind === "done") this.#feed(worker);
  }

  #hasAnswered(worker: ChildProcess, url: string): void {
    const isFirst = this.#answered.size === 0;
    this.#answered.delete(worker.pid ?? 0);
    this.#answered.set(worker.pid ?? 0, url);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > MAX_ANSWERED && oldest !== undefined) this.#answered.delete(oldest);
    // Workers that have tasks already are told now.
    if (isFirst) for (const other of this.#workers.keys()) if (other !== worker) send(other, { kind: "answered", urls: [url] });
  }

  #feed(worker: ChildProcess): void {
    const working = this.#workers.get(worker);
    if (!working || this.#failure) return;
    while (working.size < this.#options.tasksPerWorker && [...working].every((task) => this.#begun.has(task))) {
      const task = this.#queue[0];
      // A task of a dead worker is tried again alone, so that the one that kills is found and takes no other with it.
      const isSuspect = (one: number | undefined) => one !== undefined && this.#deaths.has(one);
      if (task === undefined || [...working].some(isSuspect) || (working.size > 0 && isSuspect(task))) break;
      this.#queue.shift();
      working.add(task);
      if (this.#answered.size > 0) send(worker, { kind: "answered", urls: [...this.#answered.values()] });
      send(worker, { kind: "task", task });
    }
    if (working.size === 0) send(worker, { kind: "stop" });
  }

  #exited(worker: ChildProcess, reason: string, wasKilled: boolean): void {
    const lost = this.#workers.get(worker) ?? new Set();
    this.#workers.delete(worker);
    this.#options.onExit?.(worker.pid ?? 0);
    // Restarting a worker that cannot start would never end.
    if (!this.#ready.delete(worker) && (!wasKilled || ++this.#earlyDeaths >= MAX_EARLY_DEATHS))
      this.fail(new Error(`a worker process ended before it was ready (${reason})`));
    if (lost.size > 0 && !this.#failure) {
      this.#options.onDeath(reason);
      for (const task of lost) {
        this.#begun.delete(task);
        // A task that ran beside others is only suspected, and will run alone.
        const deaths = (this.#deaths.get(task) ?? 0) + (lost.size === 1 ? 1 : 0);
        this.#deaths.set(task, deaths);
        if (deaths < MAX_DEATHS_PER_TASK) this.#queue.push(task);
        else this.#undone.push(task);
      }
    }
    if (!this.#failure && this.#queue.length > 0 && this.#workers.size < this.#options.workers) this.#start();
    this.#settle();
  }

  #settle(): void {
    if (this.#workers.size > 0) return;
    if (this.#failure) this.#reject(this.#failure.reason);
    else if (this.#queue.length === 0) this.#resolve(this.#undone);
  }
}

function send(worker: ChildProcess, message: ToWorker): void {
  // A dying worker is handled when it exits.
  if (worker.connected) worker.send(message, () => undefined);
}

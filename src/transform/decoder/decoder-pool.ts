// The pool of decoder processes: shares pictures out, and recovers when a process dies.
import { Budget } from "../../core/budget.ts";
import { IncompleteError } from "../../core/errors.ts";
import { type FailureCode, failure, LETHAL_DEATHS } from "../../core/outcome.ts";
import type { DecodeNote } from "./decode-note.ts";
import { DecoderChild, type DecoderChildEvents, type DecodeTask } from "./decoder-child.ts";
import type { DecodeJob, DecodeResult } from "./decoder-messages.ts";

/** What the pool may use. */
export interface DecoderResources {
  /** Environment of the processes. The thread and memory settings of a decoder are added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Most processes. They start when there is work for them; `warm` starts one before. */
  readonly processes: number;
  /** Pictures that one process works on at once. */
  readonly threadsPerProcess: number;
  /** Pixels (as `decodeWeight` counts them) in all processes together. A larger picture is decoded alone. Default 1.5e8: under 1 GB. */
  readonly maxPixelsInFlight?: number;
  /** Called with the process that gets a picture: for diagnosis and tests. */
  readonly onDispatch?: (pid: number, body: Buffer) => void;
}

const DEFAULT_PIXELS_IN_FLIGHT = 150e6;
/** When this many processes in a row die before they are ready, the machine is the cause and not a picture. */
const MAX_FAILED_STARTS = 3;

/** Decodes pictures in child processes. If a process dies, only a picture that also kills a process of its own fails. */
export class DecoderPool {
  readonly #resources: DecoderResources;
  readonly #pixels: Budget;
  readonly #closing = new AbortController();
  readonly #children = new Set<DecoderChild>();
  readonly #waiting: DecodeTask[] = [];
  /** Pictures inside a process that died, perhaps with its worker. Each is tried once more in a process of its own, one after the other. */
  readonly #suspects: DecodeTask[] = [];
  #quarantine: DecoderChild | undefined;
  #failedStarts = 0;
  #lastId = 0;

  constructor(resources: DecoderResources) {
    this.#resources = resources;
    this.#pixels = new Budget(resources.maxPixelsInFlight ?? DEFAULT_PIXELS_IN_FLIGHT);
  }

  /** Ids of the processes that run now. */
  get pids(): readonly number[] {
    return this.#running().flatMap((child) => child.pid ?? []);
  }

  /**
   * Decodes one picture that takes `weight` pixels of memory. Whatever is wrong with the picture is a result. Rejects with
   * IncompleteError if no decoder process can be started or the pool is closed. If the note says that workers died with this
   * picture, it is decoded alone; after LETHAL_DEATHS of them it is not decoded at all.
   */
  async decode(body: Buffer, job: DecodeJob, weight: number, note?: DecodeNote): Promise<DecodeResult> {
    const crashes = note?.deaths ?? 0;
    if (crashes >= LETHAL_DEATHS) return failed("decode_crashed", job, "worker processes died while it was decoded");
    await this.#pixels.reserve(weight, this.#closing.signal);
    try {
      // The pool may have been closed between the reservation and this continuation.
      this.#closing.signal.throwIfAborted();
      return await new Promise((settle, fail) => {
        this.#lastId += 1;
        const queue = crashes > 0 ? this.#suspects : this.#waiting;
        queue.push({ id: this.#lastId, body, job, note, settle, fail, crashes, isTimedOut: false });
        this.#handOut();
      });
    } finally {
      note?.leave();
      this.#pixels.release(weight);
    }
  }

  /** Starts the first process before there is work for it. */
  warm(): void {
    if (this.#closing.signal.aborted || this.#children.size > 0) return;
    const child = this.#start();
    if (child) this.#children.add(child);
  }

  /** Ends all processes and rejects their unfinished work. Resolves when the processes have ended. */
  async close(): Promise<void> {
    await this.#stop(new IncompleteError("decoding was stopped"));
  }

  #giveUp(why: string): void {
    const hint = "Check the free memory, the process limits and the installation of sharp.";
    void this.#stop(new IncompleteError(`the image decoder cannot be started: ${why}`, hint));
  }

  async #stop(reason: Error): Promise<void> {
    const running = this.#running();
    if (!this.#closing.signal.aborted) this.#closing.abort(reason);
    for (const task of [...this.#waiting.splice(0), ...this.#suspects.splice(0)]) task.fail(reason);
    for (const child of running) child.kill();
    await Promise.all(running.map((child) => child.ended));
  }

  #running(): DecoderChild[] {
    return this.#quarantine ? [...this.#children, this.#quarantine] : [...this.#children];
  }

  #handOut(): void {
    if (this.#closing.signal.aborted) return;
    // One more than the threads, so that no thread waits for the next picture to arrive.
    const room = this.#resources.threadsPerProcess + 1;
    for (let child = this.#idlest(room); child && this.#waiting.length > 0; child = this.#idlest(room)) {
      const task = this.#waiting.shift();
      if (task) this.#send(child, task);
    }
    const starting = [...this.#children].filter((child) => !child.isReady).length;
    let unserved = this.#waiting.length - starting * room;
    while (unserved > 0 && this.#children.size < this.#resources.processes) {
      const child = this.#start();
      if (!child) return;
      this.#children.add(child);
      unserved -= room;
    }
    if (this.#suspects.length > 0) this.#quarantine ??= this.#start();
  }

  #idlest(room: number): DecoderChild | undefined {
    let idlest: DecoderChild | undefined;
    for (const child of this.#children) {
      if (child.isReady && child.inside.size < (idlest?.inside.size ?? room)) idlest = child;
    }
    return idlest;
  }

  #start(): DecoderChild | undefined {
    const events: DecoderChildEvents = {
      ready: (child) => this.#onReady(child),
      answered: (child, task, result) => this.#onAnswer(child, task, result),
      gone: (child) => this.#onGone(child),
    };
    try {
      return new DecoderChild(this.#resources.environment, this.#resources.threadsPerProcess, events);
    } catch (error) {
      // Node throws at once if there is no memory for another process.
      this.#giveUp(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #send(child: DecoderChild, task: DecodeTask): void {
    task.note?.enter();
    child.send(task);
    if (child.pid !== undefined) this.#resources.onDispatch?.(child.pid, task.body);
  }

  #onReady(child: DecoderChild): void {
    this.#failedStarts = 0;
    const suspect = child === this.#quarantine ? this.#suspects.shift() : undefined;
    if (suspect) this.#send(child, suspect);
    this.#handOut();
  }

  #onAnswer(child: DecoderChild, task: DecodeTask, result: DecodeResult): void {
    task.settle(result);
    if (child === this.#quarantine) {
      // The next suspect gets a fresh process.
      this.#quarantine = undefined;
      child.kill();
    }
    this.#handOut();
  }

  #onGone(child: DecoderChild): void {
    this.#children.delete(child);
    if (child === this.#quarantine) this.#quarantine = undefined;
    const held = [...child.inside.values()];
    if (this.#closing.signal.aborted) {
      for (const task of held) task.fail(this.#closing.signal.reason);
      return;
    }
    if (!child.isReady) this.#failedStarts += 1;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#giveUp(child.lastWords || "it ended at once");
      return;
    }
    const wasKilledByDeadline = held.some((task) => task.isTimedOut);
    for (const task of held) {
      if (task.isTimedOut) task.settle(failed("decode_timeout", task.job));
      else if (wasKilledByDeadline) this.#waiting.unshift(task);
      else {
        task.crashes += 1;
        if (task.crashes >= LETHAL_DEATHS) task.settle(failed("decode_crashed", task.job));
        else this.#suspects.push(task);
      }
    }
    this.#handOut();
  }
}

function failed(code: FailureCode, { header: { size } }: DecodeJob, detail?: string): DecodeResult {
  return { ok: false, failure: failure(code, detail), ...(size && { originalWidth: size.width, originalHeight: size.height }) };
}

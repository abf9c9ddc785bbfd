// Where files live, while there is no room for them: whoever writes waits for space instead of ending the run.
import { errorCode } from "./durable.ts";

/** How long to wait, with whose clock, and who hears of it. */
export interface DiskPatienceOptions {
  /** After so long without space the error is let through; 0 never waits. */
  readonly maxWaitMs: number;
  /** Milliseconds of any clock that never goes back. */
  readonly now: () => number;
  /** Resolves after so long, or when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Told when the first one waits, and when none does any more. */
  readonly onNotice: (text: string, isOver: boolean) => void;
  /** The error in place of the disk's own when the wait was too long. */
  readonly asFinal: (error: unknown) => unknown;
}

/** Waits for space on behalf of whoever writes. */
export interface DiskPatience {
  /** Does this, and while it fails for lack of space does it again; so it must leave nothing behind that is in its own way. */
  retrying<T>(work: () => Promise<T>): Promise<T>;
  /** The same for long work that begins anew: what was said of the wait ends when the work begins, not when it is done. */
  redoing<T>(work: () => Promise<T>): Promise<T>;
}

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 15_000;

/** The disk, or what somebody may take of it, is full: said by the kernel, or by DuckDB in the kernel's words. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined) return code === "ENOSPC" || code === "EDQUOT";
  return error instanceof Error && /no space left on device|disk quota exceeded/i.test(error.message);
}

/** For whom a full disk is an error like others. */
export const NO_PATIENCE: DiskPatience = { retrying: (work) => work(), redoing: (work) => work() };

/** Waits for space; all writers of a process share one. */
export function createDiskPatience(options: DiskPatienceOptions): DiskPatience {
  return options.maxWaitMs > 0 ? new WaitingPatience(options) : NO_PATIENCE;
}

class WaitingPatience implements DiskPatience {
  readonly #options: DiskPatienceOptions;
  #waiting = 0;

  constructor(options: DiskPatienceOptions) {
    this.#options = options;
  }

  retrying<T>(work: () => Promise<T>): Promise<T> {
    return this.#patiently(work, false);
  }

  redoing<T>(work: () => Promise<T>): Promise<T> {
    return this.#patiently(work, true);
  }

  async #patiently<T>(work: () => Promise<T>, endsBeforeWork: boolean): Promise<T> {
    const { maxWaitMs, now, sleep, signal, asFinal } = this.#options;
    let startedAt: number | undefined;
    let isWaiting = false;
    try {
      for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LAST_DELAY_MS)) {
        try {
          return await work();
        } catch (error) {
          if (!isDiskFull(error)) throw error;
          startedAt ??= now();
          if (now() - startedAt >= maxWaitMs) throw asFinal(error);
        }
        if (!isWaiting) this.#began();
        isWaiting = true;
        await sleep(delayMs, signal);
        signal.throwIfAborted();
        if (endsBeforeWork) {
          this.#ended();
          isWaiting = false;
        }
      }
    } finally {
      if (isWaiting) this.#ended();
    }
  }

  #began(): void {
    this.#waiting += 1;
    const { onNotice, maxWaitMs } = this.#options;
    if (this.#waiting === 1) onNotice(`the disk is full: the download waits up to ${Math.round(maxWaitMs / 1000)} s for space`, false);
  }

  #ended(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0 && !this.#options.signal.aborted) this.#options.onNotice("there is space again: the download goes on", true);
  }
}

// Lets writers wait on a full disk until there is space, instead of ending the run.
import { formatBytes } from "../core/units.ts";
import { errorCode } from "./system-errors.ts";

/** The space of a file system. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** How long to wait, for what space, by which clock, and who is told. */
export interface DiskWaitOptions {
  /** The longest wait. After it the error is thrown; 0 never waits. */
  readonly maxWaitMs: number;
  /** The folder that is written to, for messages. */
  readonly path: string;
  /** The space of its file system; undefined if it cannot be asked. */
  readonly space: () => Promise<DiskSpace | undefined>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Resolves after a delay, or when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Called when the first writer waits, and when all that waited have continued. */
  readonly onNotice: (text: string, isOver: boolean) => void;
  /** Makes the error that is thrown after the longest wait; `lack` says how much space there is and how much is needed. */
  readonly asFinal: (error: unknown, lack: string) => unknown;
}

/** Repeats writes that fail on a full disk until there is space. */
export interface DiskWait {
  /** Does `work`, again and again while the disk is full. A failed try must leave nothing that hinders the next. */
  retrying<T>(work: () => Promise<T>, bytes?: number): Promise<T>;
  /** The same for long work that starts over: the wait ends when some of it is written, not when it is done. */
  redoing<T>(work: () => Promise<T>): Promise<T>;
}

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 5_000;

/** Space needed beyond the waiting bytes, or a share of a small disk. With less, the next wait would begin at once. */
const RESERVE_BYTES = 64 * 2 ** 20;
const RESERVE_SHARE = 0.05;

/** Whether an error says that the disk or a quota is full, in the kernel's code or in DuckDB's message. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined) return code === "ENOSPC" || code === "EDQUOT";
  return error instanceof Error && /no space left on device|disk quota exceeded/i.test(error.message);
}

function isQuota(error: unknown): boolean {
  return errorCode(error) === "EDQUOT" || (error instanceof Error && /disk quota exceeded/i.test(error.message));
}

const lostBytes = new WeakMap<object, number>();

/** Notes how many bytes of the failed work are lost: doing it again needs at least as many. */
export function lostToFullDisk(error: unknown, bytes: number): void {
  if (typeof error === "object" && error !== null) lostBytes.set(error, bytes);
}

/** Says what a folder's disk has and needs: `/data/out has 1.2 MB free and needs 68 MB`. */
export function lackOf(path: string, space: DiskSpace | undefined, waitingBytes = 0): string {
  const needs = `needs ${formatBytes(Math.ceil(neededBytes(space, waitingBytes)))}`;
  return space ? `${path} has ${formatBytes(space.freeBytes)} free and ${needs}` : `${path} ${needs}`;
}

function neededBytes(space: DiskSpace | undefined, waitingBytes: number): number {
  return waitingBytes + Math.min(RESERVE_BYTES, RESERVE_SHARE * (space?.sizeBytes ?? Number.POSITIVE_INFINITY));
}

/** Never waits: a full disk is an error like others. */
export const NO_DISK_WAIT: DiskWait = { retrying: (work) => work(), redoing: (work) => work() };

/** Makes the wait that all writers of a process share. */
export function createDiskWait(options: DiskWaitOptions): DiskWait {
  return options.maxWaitMs > 0 ? new SharedDiskWait(options) : NO_DISK_WAIT;
}

/** A writer that waits. */
interface Wait {
  bytes: number;
  /** It has started its long work over, and has written nothing yet. */
  isTrying: boolean;
  /** A quota does not say how much space it leaves, so only trying tells. */
  isQuota: boolean;
}

class SharedDiskWait implements DiskWait {
  readonly #options: DiskWaitOptions;
  readonly #waits = new Set<Wait>();
  #isNoticed = false;

  constructor(options: DiskWaitOptions) {
    this.#options = options;
  }

  retrying<T>(work: () => Promise<T>, bytes = 0): Promise<T> {
    return this.#untilSpace(work, bytes, false);
  }

  redoing<T>(work: () => Promise<T>): Promise<T> {
    return this.#untilSpace(work, 0, true);
  }

  async #untilSpace<T>(work: () => Promise<T>, bytes: number, isLong: boolean): Promise<T> {
    const { maxWaitMs, now, sleep, signal, asFinal } = this.#options;
    const wait: Wait = { bytes, isTrying: false, isQuota: false };
    let startedAt = 0;
    let lack: unknown;
    try {
      for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LAST_DELAY_MS)) {
        if (!this.#waits.has(wait) || (await this.#hasSpace(wait))) {
          wait.isTrying = isLong && this.#waits.has(wait);
          try {
            const result = await work();
            await this.#wrote(wait, bytes);
            return result;
          } catch (error) {
            if (!isDiskFull(error)) throw error;
            wait.bytes = Math.max(wait.bytes, lostBytes.get(error as object) ?? 0);
            wait.isQuota = isQuota(error);
            lack = error;
          }
          wait.isTrying = false;
          if (!this.#waits.has(wait)) startedAt = now();
        }
        if (now() - startedAt >= maxWaitMs) throw asFinal(lack, await this.#lack());
        this.#waits.add(wait);
        await this.#notice(wait);
        await sleep(delayMs, signal);
        signal.throwIfAborted();
      }
    } finally {
      this.#waits.delete(wait);
    }
  }

  /** Whether there is space for all writers that wait. With space for one alone, each would take it from the others. */
  async #hasSpace({ isQuota: isUnknown }: Wait): Promise<boolean> {
    const space = isUnknown ? undefined : await this.#space();
    return space === undefined || space.freeBytes >= neededBytes(space, this.#waitingBytes);
  }

  /** Ends the wait of a writer, because something was really written or done. */
  async #wrote(wait: Wait, bytes: number): Promise<void> {
    const had = this.#waits.size;
    this.#waits.delete(wait);
    if (bytes > 0) for (const other of this.#waits) if (other.isTrying) this.#waits.delete(other);
    if (had === 0 || this.#waits.size > 0 || !this.#isNoticed) return;
    this.#isNoticed = false;
    const { path, onNotice } = this.#options;
    const space = await this.#space();
    const free = space ? ` has ${formatBytes(space.freeBytes)} free` : " accepts writes";
    onNotice(`there is space again: ${path}${free}, and the download goes on`, true);
  }

  async #notice({ isQuota: isUsedUp }: Wait): Promise<void> {
    if (this.#isNoticed) return;
    this.#isNoticed = true;
    const { path, maxWaitMs, onNotice } = this.#options;
    const what = isUsedUp ? `the disk is full: the quota for ${path} is used up` : `the disk is full: ${await this.#lack()}`;
    onNotice(`${what}; the download waits up to ${Math.round(maxWaitMs / 1000)} s for space`, false);
  }

  async #lack(): Promise<string> {
    return lackOf(this.#options.path, await this.#space(), this.#waitingBytes);
  }

  async #space(): Promise<DiskSpace | undefined> {
    return await this.#options.space().catch(() => undefined);
  }

  get #waitingBytes(): number {
    return [...this.#waits].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

// Lets writers wait on a full disk until there is space, instead of ending the run.
import { formatBytes } from "../core/units.ts";
import { errorCode } from "./system-errors.ts";

/** The room of a file system. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** How long to wait and for what, with whose clock, and who hears of it. */
export interface DiskWaitOptions {
  /** After so long without space the error is let through; 0 never waits. */
  readonly maxWaitMs: number;
  /** The folder that is written to: so it is named. */
  readonly path: string;
  /** The room of its file system; undefined where nobody can tell. */
  readonly space: () => Promise<DiskSpace | undefined>;
  /** Milliseconds of any clock that never goes back. */
  readonly now: () => number;
  /** Resolves after so long, or when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Told when the first one waits, and when all that waited have gone on. */
  readonly onNotice: (text: string, isOver: boolean) => void;
  /** The error in place of the disk's own when the wait was too long; `lack` says what there is and what it takes. */
  readonly asFinal: (error: unknown, lack: string) => unknown;
}

/** Waits for space on behalf of whoever writes. */
export interface DiskWait {
  /** Does this, and while it fails for lack of space does it again; so it must leave nothing behind that is in its own way. */
  retrying<T>(work: () => Promise<T>, bytes?: number): Promise<T>;
  /** The same for long work that begins anew: the wait is over when some of it is written, not when it is done. */
  redoing<T>(work: () => Promise<T>): Promise<T>;
}

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 5_000;

/** Room for this much more than what waits, or for a share of a small disk: with less, the wait would begin again at once. */
const RESERVE_BYTES = 64 * 2 ** 20;
const RESERVE_SHARE = 0.05;

/** The disk, or what somebody may take of it, is full: said by the kernel, or by DuckDB in the kernel's words. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined) return code === "ENOSPC" || code === "EDQUOT";
  return error instanceof Error && /no space left on device|disk quota exceeded/i.test(error.message);
}

function isQuota(error: unknown): boolean {
  return errorCode(error) === "EDQUOT" || (error instanceof Error && /disk quota exceeded/i.test(error.message));
}

const lostBytes = new WeakMap<object, number>();

/** Says how much was written of what this lack of space made vain: doing it again takes at least as much. */
export function lostToFullDisk(error: unknown, bytes: number): void {
  if (typeof error === "object" && error !== null) lostBytes.set(error, bytes);
}

/** What a folder's disk has and what it takes to go on: `/data/out has 1.2 MB free and needs 68 MB`. */
export function lackOf(path: string, space: DiskSpace | undefined, waitingBytes = 0): string {
  const needs = `needs ${formatBytes(Math.ceil(neededBytes(space, waitingBytes)))}`;
  return space ? `${path} has ${formatBytes(space.freeBytes)} free and ${needs}` : `${path} ${needs}`;
}

function neededBytes(space: DiskSpace | undefined, waitingBytes: number): number {
  return waitingBytes + Math.min(RESERVE_BYTES, RESERVE_SHARE * (space?.sizeBytes ?? Number.POSITIVE_INFINITY));
}

/** For whom a full disk is an error like others. */
export const NO_DISK_WAIT: DiskWait = { retrying: (work) => work(), redoing: (work) => work() };

/** Waits for space; all writers of a process share one. */
export function createDiskWait(options: DiskWaitOptions): DiskWait {
  return options.maxWaitMs > 0 ? new SharedDiskWait(options) : NO_DISK_WAIT;
}

/** Somebody who waits. */
interface Wait {
  bytes: number;
  /** It has begun its long work anew and written nothing yet. */
  isTrying: boolean;
  /** A quota says nothing of the room that it leaves: only trying tells. */
  isQuota: boolean;
}

class SharedDiskWait implements DiskWait {
  readonly #options: DiskWaitOptions;
  readonly #waits = new Set<Wait>();
  #isTold = false;

  constructor(options: DiskWaitOptions) {
    this.#options = options;
  }

  retrying<T>(work: () => Promise<T>, bytes = 0): Promise<T> {
    return this.#patiently(work, bytes, false);
  }

  redoing<T>(work: () => Promise<T>): Promise<T> {
    return this.#patiently(work, 0, true);
  }

  async #patiently<T>(work: () => Promise<T>, bytes: number, isLong: boolean): Promise<T> {
    const { maxWaitMs, now, sleep, signal, asFinal } = this.#options;
    const wait: Wait = { bytes, isTrying: false, isQuota: false };
    let startedAt = 0;
    let lack: unknown;
    try {
      for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LAST_DELAY_MS)) {
        if (!this.#waits.has(wait) || (await this.#hasRoom(wait))) {
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
        await this.#tell(wait);
        await sleep(delayMs, signal);
        signal.throwIfAborted();
      }
    } finally {
      this.#waits.delete(wait);
    }
  }

  /** There is room for all that wait, not for this one alone: else each would take it from the others. */
  async #hasRoom({ isQuota: isUnknown }: Wait): Promise<boolean> {
    const space = isUnknown ? undefined : await this.#space();
    return space === undefined || space.freeBytes >= neededBytes(space, this.#waitingBytes);
  }

  /** What was written, or done, tells that it really goes on. */
  async #wrote(wait: Wait, bytes: number): Promise<void> {
    const had = this.#waits.size;
    this.#waits.delete(wait);
    if (bytes > 0) for (const other of this.#waits) if (other.isTrying) this.#waits.delete(other);
    if (had === 0 || this.#waits.size > 0 || !this.#isTold) return;
    this.#isTold = false;
    const { path, onNotice } = this.#options;
    const space = await this.#space();
    const free = space ? ` has ${formatBytes(space.freeBytes)} free` : " takes what is written";
    onNotice(`there is space again: ${path}${free}, and the download goes on`, true);
  }

  async #tell({ isQuota: isUsedUp }: Wait): Promise<void> {
    if (this.#isTold) return;
    this.#isTold = true;
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

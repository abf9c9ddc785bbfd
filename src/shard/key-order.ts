// Puts samples, which finish in any order, in key order; beyond a memory bound they wait on disk.
import { type FileHandle, open } from "node:fs/promises";
import type { Budget } from "../core/budget.ts";
import { writeAll } from "../store/append-file.ts";
import { type DiskWait, NO_DISK_WAIT } from "../store/wait-for-disk.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** A sample that waits for those before it, in memory or in the spool file. */
type Waiting = { readonly key: string; readonly bytes: number } & (
  | { readonly entries: readonly Entry[] }
  | { readonly spooled: readonly { readonly extension: string; readonly offset: number; readonly length: number }[] }
);

/**
 * Gives the samples of one shard to its writer in key order. A slow sample does not hold up others: those after it wait in
 * memory while `waitingBytes` has room, then in the spool file at `spoolPath`.
 */
export class KeyOrder {
  readonly #writer: ShardWriter;
  readonly #count: number;
  readonly #spoolPath: string;
  readonly #waitingBytes: Budget;
  readonly #diskWait: DiskWait;
  /** By position; null for a sample that failed. */
  readonly #waiting = new Map<number, Waiting | null>();
  #next = 0;
  #spool: Promise<FileHandle> | undefined;
  #spoolEnd = 0;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(writer: ShardWriter, count: number, spoolPath: string, waitingBytes: Budget, diskWait: DiskWait = NO_DISK_WAIT) {
    this.#writer = writer;
    this.#count = count;
    this.#spoolPath = spoolPath;
    this.#waitingBytes = waitingBytes;
    this.#diskWait = diskWait;
  }

  /** Takes a packed sample. Resolves when its bytes are written, spooled or within `waitingBytes`. */
  async put(index: number, key: string, entries: readonly Entry[]): Promise<void> {
    const bytes = entries.reduce((sum, { body }) => sum + body.length, 0);
    if (index === this.#next || this.#waitingBytes.used + bytes <= this.#waitingBytes.capacity) {
      this.#waitingBytes.take(bytes);
      this.#waiting.set(index, { key, bytes, entries });
    } else {
      this.#waiting.set(index, { key, bytes: 0, spooled: await this.#spoolOut(entries) });
    }
    await this.#advance(index);
  }

  /** Records that the sample at this position failed. */
  async skip(index: number): Promise<void> {
    this.#waiting.set(index, null);
    await this.#advance(index);
  }

  /** Waits for the last write and ends the shard. Throws unless every position was put or skipped. */
  async finish(): Promise<WrittenFile | undefined> {
    await this.#writing;
    if (this.#next !== this.#count) throw new Error(`the shard misses sample ${this.#next} of ${this.#count}`);
    await this.#closeSpool();
    return await this.#writer.close();
  }

  /** Gives up. The attempt removes the files. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined);
    for (const sample of this.#waiting.values()) this.#waitingBytes.release(sample?.bytes ?? 0);
    this.#waiting.clear();
    await this.#closeSpool();
    await this.#writer.abandon();
  }

  /** Writes what can be written. The sample that was waited for resolves after the write, which slows downloads to the disk. */
  async #advance(index: number): Promise<void> {
    if (!this.#isWriting && this.#waiting.has(this.#next)) {
      this.#isWriting = true;
      this.#writing = this.#writeReady();
      // The next await reports the error; without one it must not be unhandled.
      this.#writing.catch(() => undefined);
      if (index <= this.#next) await this.#writing;
    }
  }

  async #writeReady(): Promise<void> {
    try {
      for (let sample = this.#waiting.get(this.#next); sample !== undefined; sample = this.#waiting.get(this.#next)) {
        if (sample) {
          const entries = "entries" in sample ? sample.entries : await this.#spoolIn(sample.spooled);
          await this.#writer.add(sample.key, entries, this.#next);
        }
        this.#waiting.delete(this.#next);
        this.#waitingBytes.release(sample?.bytes ?? 0);
        this.#next += 1;
      }
    } finally {
      // No await lies between the last look at #waiting and this, so no sample is missed.
      this.#isWriting = false;
    }
  }

  async #spoolOut(entries: readonly Entry[]): Promise<{ extension: string; offset: number; length: number }[]> {
    this.#spool ??= this.#diskWait.retrying(() => open(this.#spoolPath, "wx+"));
    const spool = await this.#spool;
    const places = entries.map(({ extension, body }) => {
      const place = { extension, offset: this.#spoolEnd, length: body.length };
      this.#spoolEnd += body.length;
      return place;
    });
    const start = places[0]?.offset ?? 0;
    const bodies = entries.map(({ body }) => body);
    await writeAll(spool, bodies, start, this.#diskWait);
    return places;
  }

  async #spoolIn(places: readonly { extension: string; offset: number; length: number }[]): Promise<Entry[]> {
    const spool = await this.#spool;
    if (!spool) throw new Error("a spooled sample has no spool file");
    return await Promise.all(
      places.map(async ({ extension, offset, length }) => {
        const { buffer, bytesRead } = await spool.read(Buffer.allocUnsafe(length), 0, length, offset);
        if (bytesRead !== length) throw new Error(`the spool file ends at ${offset + bytesRead}, before the end of a sample`);
        return { extension, body: buffer };
      }),
    );
  }

  async #closeSpool(): Promise<void> {
    // If the spool could not be opened, #spoolOut has reported it.
    await (await this.#spool?.catch(() => undefined))?.close();
    this.#spool = undefined;
  }
}

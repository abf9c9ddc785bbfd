// Stage: shard. Samples finish in any order and are written in key order; what waits beyond a bound waits on disk.
import { type FileHandle, open } from "node:fs/promises";
import type { Budget } from "../core/budget.ts";
import { writeAll } from "../store/append-file.ts";
import { type DiskPatience, NO_PATIENCE } from "../store/wait-for-disk.ts";
import type { Entry } from "./entries.ts";
import type { ShardWriter, WrittenFile } from "./shard-writer.ts";

/** A sample whose turn has not come: in memory, or at places of the spool file. */
type Waiting = { readonly key: string; readonly bytes: number } & (
  | { readonly entries: readonly Entry[] }
  | { readonly spooled: readonly { readonly extension: string; readonly offset: number; readonly length: number }[] }
);

/**
 * Puts the samples of one shard in order before its writer. A sample that takes long, because its server does, holds
 * nobody back: those behind it wait in memory as long as `waitingBytes` lasts, then in the spool file at `spoolPath`.
 */
export class KeyOrder {
  readonly #writer: ShardWriter;
  readonly #count: number;
  readonly #spoolPath: string;
  readonly #waitingBytes: Budget;
  readonly #patience: DiskPatience;
  /** null: the sample failed and has nothing to write. */
  readonly #waiting = new Map<number, Waiting | null>();
  #next = 0;
  #spool: Promise<FileHandle> | undefined;
  #spoolEnd = 0;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(writer: ShardWriter, count: number, spoolPath: string, waitingBytes: Budget, patience: DiskPatience = NO_PATIENCE) {
    this.#writer = writer;
    this.#count = count;
    this.#spoolPath = spoolPath;
    this.#waitingBytes = waitingBytes;
    this.#patience = patience;
  }

  /** Takes a packed sample; resolves when its bytes are bounded by this class, so that the caller can forget them. */
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

  /** Takes the place of a sample that failed. */
  async skip(index: number): Promise<void> {
    this.#waiting.set(index, null);
    await this.#advance(index);
  }

  /** After every index was put or skipped: waits for the last write and ends the shard. */
  async finish(): Promise<WrittenFile | undefined> {
    await this.#writing;
    if (this.#next !== this.#count) throw new Error(`the shard misses sample ${this.#next} of ${this.#count}`);
    await this.#closeSpool();
    return await this.#writer.close();
  }

  /** Gives up; files stay for the attempt to remove. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined);
    for (const sample of this.#waiting.values()) this.#waitingBytes.release(sample?.bytes ?? 0);
    this.#waiting.clear();
    await this.#closeSpool();
    await this.#writer.abandon();
  }

  /** Starts writing what is in turn; the sample that opens the gate waits for it, which is the back-pressure of the disk. */
  async #advance(index: number): Promise<void> {
    if (!this.#isWriting && this.#waiting.has(this.#next)) {
      this.#isWriting = true;
      this.#writing = this.#writeTurn();
      // Reaches whoever awaits next; the rest must not see an unhandled rejection.
      this.#writing.catch(() => undefined);
      if (index <= this.#next) await this.#writing;
    }
  }

  async #writeTurn(): Promise<void> {
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
      // In the same turn of the event loop as the last look at what waits: a sample that comes later starts anew.
      this.#isWriting = false;
    }
  }

  async #spoolOut(entries: readonly Entry[]): Promise<{ extension: string; offset: number; length: number }[]> {
    this.#spool ??= this.#patience.retrying(() => open(this.#spoolPath, "wx+"));
    const spool = await this.#spool;
    const places = entries.map(({ extension, body }) => {
      const place = { extension, offset: this.#spoolEnd, length: body.length };
      this.#spoolEnd += body.length;
      return place;
    });
    const start = places[0]?.offset ?? 0;
    const bodies = entries.map(({ body }) => body);
    await writeAll(spool, bodies, start, this.#patience);
    return places;
  }

  async #spoolIn(places: readonly { extension: string; offset: number; length: number }[]): Promise<Entry[]> {
    const spool = await this.#spool;
    if (!spool) throw new Error("a spooled sample without a spool file");
    return await Promise.all(
      places.map(async ({ extension, offset, length }) => {
        const { buffer, bytesRead } = await spool.read(Buffer.allocUnsafe(length), 0, length, offset);
        if (bytesRead !== length) throw new Error(`the spool file ends at ${offset + bytesRead}, before the end of a sample`);
        return { extension, body: buffer };
      }),
    );
  }

  async #closeSpool(): Promise<void> {
    // Who wanted to write to it has met the error of one that could not be opened.
    await (await this.#spool?.catch(() => undefined))?.close();
    this.#spool = undefined;
  }
}

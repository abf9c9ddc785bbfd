// Fetch, inside the resolver: answers kept for as long as they are valid, the least recently used leave first.
import { performance } from "node:perf_hooks";

/** A bounded map whose entries expire; times in milliseconds of the monotonic clock. */
export class ExpiringCache<Value> {
  readonly #maxEntries: number;
  readonly #now: () => number;
  // A Map iterates in order of insertion, and `get` inserts anew: the first entry is the least recently used.
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();

  constructor(maxEntries: number, now: () => number = () => performance.now()) {
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  /** Entries held now, expired ones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value, unless there is none or its time is over. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAtMs <= this.#now()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value for `lifetimeMs`. */
  set(key: string, value: Value, lifetimeMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: this.#now() + lifetimeMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
  }
}

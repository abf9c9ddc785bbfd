// A cache whose entries expire; if it is full, the least recently used leave first.
import { performance } from "node:perf_hooks";

/** A map of bounded weight whose entries expire. Times are milliseconds of the monotonic clock. An entry weighs 1 by default. */
export class ExpiringCache<Value> {
  readonly #maxWeight: number;
  readonly #now: () => number;
  // A Map iterates in order of insertion, and `get` inserts anew, so the first entry is the least recently used.
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number; readonly weight: number }>();
  #weight = 0;

  constructor(maxWeight: number, now: () => number = () => performance.now()) {
    this.#maxWeight = maxWeight;
    this.#now = now;
  }

  /** Entries held now, including expired ones. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value; undefined if there is none or it has expired. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#remove(key);
    if (entry.expiresAtMs <= this.#now()) return undefined;
    this.#entries.set(key, entry);
    this.#weight += entry.weight;
    return entry.value;
  }

  /** Keeps a value for `lifetimeMs`. */
  set(key: string, value: Value, lifetimeMs: number, weight = 1): void {
    this.#remove(key);
    this.#entries.set(key, { value, expiresAtMs: this.#now() + lifetimeMs, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#maxWeight) break;
      this.#remove(oldest);
    }
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }

  #remove(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}

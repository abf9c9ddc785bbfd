// A counted resource (slots, bytes, pixels) that many samples share within a fixed capacity.
import { onAbort } from "./on-abort.ts";

/**
 * A first-come-first-served budget. `reserve(n)` waits until n units are free. A request larger than the whole capacity is admitted alone,
 * because it would wait for ever otherwise. Aborting the signal removes the request from the queue.
 */
export class Budget {
  #capacity: number;
  #used = 0;
  readonly #waiting: { readonly amount: number; readonly admit: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** All units, free or taken. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Units taken now. `take` can raise it above the capacity. */
  get used(): number {
    return this.#used;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for n units and takes them. Rejects with the signal's reason if it aborts first. Return the units with `release`. */
  reserve(amount: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.length === 0 && this.#fits(amount)) {
      this.#used += amount;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const forget =
        signal &&
        onAbort(signal, () => {
          this.#waiting.splice(this.#waiting.indexOf(entry), 1);
          reject(signal.reason);
          this.#admit();
        });
      const entry = {
        amount,
        admit: () => {
          forget?.();
          resolve();
        },
      };
      this.#waiting.push(entry);
    });
  }

  /** Takes n units at once, even beyond the capacity. For units that cannot be refused, such as bytes that have arrived. */
  take(amount: number): void {
    this.#used += amount;
  }

  /** Returns n units. */
  release(amount: number): void {
    this.#used -= amount;
    this.#admit();
  }

  /** Raises the capacity to this many units. Never lowers it. */
  growTo(capacity: number): void {
    if (capacity <= this.#capacity) return;
    this.#capacity = capacity;
    this.#admit();
  }

  #fits(amount: number): boolean {
    return this.#used + amount <= this.#capacity || this.#used === 0;
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.amount); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.amount;
      next.admit();
    }
  }
}

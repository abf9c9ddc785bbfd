// Core vocabulary: a counted resource (slots, bytes, pixels) that many samples share and that never runs over.
import { onAbort } from "./on-abort.ts";

/**
 * A first-come-first-served budget. `reserve(n)` waits until n units are free; a request larger than the whole is let
 * through alone, so that it cannot wait for ever. Cancelling by signal leaves the queue.
 */
export class Budget {
  #capacity: number;
  #used = 0;
  readonly #waiting: { readonly amount: number; readonly admit: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Units that there are. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Units taken now; can exceed the capacity by what `take` forced. */
  get used(): number {
    return this.#used;
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for n units and takes them. Rejects with the signal's reason when it aborts first. Give them back with `release`. */
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

  /** Takes n units at once, over the capacity if need be: for what cannot be put back, such as bytes that have arrived. */
  take(amount: number): void {
    this.#used += amount;
  }

  /** Gives n units back. */
  release(amount: number): void {
    this.#used -= amount;
    this.#admit();
  }

  /** Raises the capacity to this, unless it is as high already. */
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

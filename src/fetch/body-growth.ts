// Memory for the parts of bodies behind their first; bodies pause when memory is full.
import { Budget } from "../core/budget.ts";

/** With one, a list of large photographs would come through one connection at a time. */
const MAX_FAVOURED = 4;

/** Compressed bodies that are unpacked at a time. 32 KB can become 32 MB, which are in memory before they can be counted. */
const MAX_UNPACKING = 2;

/**
 * Memory for what bodies have beyond their first part. It is taken when bytes arrive, not when a length is announced, so a server that
 * sends slowly holds no more than it has sent. When memory is full, bodies pause. A few favoured bodies go on nevertheless, because no
 * memory returns before some body is complete. So the budget is exceeded by the favoured bodies and by one piece of each other body.
 */
export class BodyGrowth {
  readonly #bytes: Budget;
  readonly #maxFavoured: number;
  readonly #favoured = new Set<object>();
  readonly #waiting = new Map<object, () => void>();
  readonly #unpacking = new Budget(MAX_UNPACKING);

  /** Takes from the budget that also pays for the first parts. */
  constructor(bytes: Budget, maxFavoured = MAX_FAVOURED) {
    this.#bytes = bytes;
    this.#maxFavoured = maxFavoured;
  }

  /** Takes `amount` more bytes for a body. Returns a promise if the body should pause until it resolves. */
  grow(body: object, amount: number): Promise<void> | undefined {
    this.#bytes.take(amount);
    if (this.#hasRoom || this.#favoured.has(body)) return undefined;
    if (this.#favoured.size < this.#maxFavoured) {
      this.#favoured.add(body);
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.set(body, resolve));
  }

  /** Runs the unpacking of a body, at most MAX_UNPACKING at a time. */
  async unpack<T>(work: () => Promise<T>): Promise<T> {
    await this.#unpacking.reserve(1);
    try {
      return await work();
    } finally {
      this.#unpacking.release(1);
    }
  }

  /** Call this when a body, grown or not, has returned its bytes. */
  ended(body: object): void {
    this.#favoured.delete(body);
    this.#waiting.delete(body);
    while (this.#waiting.size > 0 && (this.#hasRoom || this.#favoured.size < this.#maxFavoured)) {
      const [[next, goOn] = []] = this.#waiting;
      if (next === undefined || goOn === undefined) return;
      this.#waiting.delete(next);
      if (!this.#hasRoom) this.#favoured.add(next);
      goOn();
    }
  }

  get #hasRoom(): boolean {
    return this.#bytes.used <= this.#bytes.capacity;
  }
}

// Fetch, beside the bodies: lets the large ones grow while there is room in memory, and a few of them where there is none.
import { Budget } from "../core/budget.ts";

/** With one, a list of large photographs would come through one connection at a time. */
const MAX_FAVOURED = 4;

/** Packed bodies unpacked at a time. 32 KB can become 32 MB, which are in memory before anybody can count them. */
const MAX_UNPACKING = 2;

/**
 * Memory for what bodies have beyond their first part. It is taken when it arrives, not when a length is announced, so that
 * a server that sends slowly holds no more than it has sent. Where memory runs over, bodies pause; the first few that would
 * go on all the same, since nothing is given back before some body is whole. So the budget is exceeded by these, and by a
 * piece of each other one.
 */
export class BodyGrowth {
  readonly #bytes: Budget;
  readonly #maxFavoured: number;
  readonly #favoured = new Set<object>();
  readonly #waiting = new Map<object, () => void>();
  readonly #unpacking = new Budget(MAX_UNPACKING);

  /** Takes from the budget that pays the first parts too. */
  constructor(bytes: Budget, maxFavoured = MAX_FAVOURED) {
    this.#bytes = bytes;
    this.#maxFavoured = maxFavoured;
  }

  /** Takes so much more for a body; a promise where the body should not be read on before it resolves. */
  grow(body: object, amount: number): Promise<void> | undefined {
    this.#bytes.take(amount);
    if (this.#hasRoom || this.#favoured.has(body)) return undefined;
    if (this.#favoured.size < this.#maxFavoured) {
      this.#favoured.add(body);
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.set(body, resolve));
  }

  /** Runs what unpacks a body, and pays for what comes of it, when it is its turn. */
  async unpack<T>(work: () => Promise<T>): Promise<T> {
    await this.#unpacking.reserve(1);
    try {
      return await work();
    } finally {
      this.#unpacking.release(1);
    }
  }

  /** To be called when a body, grown or not, has given its bytes back. */
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

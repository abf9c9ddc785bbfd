// Fetch, beside the bodies: lets the large ones grow while there is room in memory, and one of them where there is none.
import type { Budget } from "../core/budget.ts";

/**
 * Memory for what bodies have beyond their first part. It is taken when it arrives, not when a length is announced, so that
 * a server that sends slowly holds no more than it has sent. Where memory runs over, bodies pause; the first that would
 * goes on all the same, since nothing is given back before some body is whole. So the budget is exceeded by that body, and
 * by a piece of each other one.
 */
export class BodyGrowth {
  readonly #bytes: Budget;
  #favoured: object | undefined;
  readonly #waiting = new Map<object, () => void>();

  /** Takes from the budget that pays the first parts too. */
  constructor(bytes: Budget) {
    this.#bytes = bytes;
  }

  /** Takes so much more for a body; a promise where the body should not be read on before it resolves. */
  grow(body: object, amount: number): Promise<void> | undefined {
    this.#bytes.take(amount);
    if (this.#hasRoom || this.#favoured === body) return undefined;
    if (this.#favoured === undefined) {
      this.#favoured = body;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.set(body, resolve));
  }

  /** To be called when a body, grown or not, has given its bytes back. */
  ended(body: object): void {
    if (this.#favoured === body) this.#favoured = undefined;
    this.#waiting.delete(body);
    while (this.#waiting.size > 0 && (this.#hasRoom || this.#favoured === undefined)) {
      const [[next, goOn] = []] = this.#waiting;
      if (next === undefined || goOn === undefined) return;
      this.#waiting.delete(next);
      if (!this.#hasRoom) this.#favoured = next;
      goOn();
    }
  }

  get #hasRoom(): boolean {
    return this.#bytes.used <= this.#bytes.capacity;
  }
}

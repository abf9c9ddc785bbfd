// Fetch, before a slot: a host gets few requests at once, and those that wait for it take no slot from other hosts.
import { Budget } from "../core/budget.ts";

/** At most `perHost` turns of a host are out at the same time; waiting is first come, first served. */
export class HostTurns {
  readonly #perHost: number;
  readonly #hosts = new Map<string, Budget>();

  constructor(perHost: number) {
    this.#perHost = perHost;
  }

  /** Hosts with a turn out. */
  get size(): number {
    return this.#hosts.size;
  }

  /** Waits for a turn; rejects with the signal's reason. Call the result once to give it back. */
  async take(host: string, signal: AbortSignal): Promise<() => void> {
    const turns = this.#hosts.get(host) ?? new Budget(this.#perHost);
    this.#hosts.set(host, turns);
    await turns.reserve(1, signal);
    return () => {
      turns.release(1);
      if (turns.used === 0 && this.#hosts.get(host) === turns) this.#hosts.delete(host);
    };
  }
}

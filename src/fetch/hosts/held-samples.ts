// Silent failures that are held back until it is known whether the network caused them.
import { onAbort } from "../../core/on-abort.ts";
import type { FetchTarget } from "../fetch-target.ts";

/** Who was silent: the network to a host, or the name servers about its name. */
export type SilentPart = "network" | "names";

/** What becomes of a held failure: it is recorded, its sample is fetched again, or fetched again unless it already was. */
export type Verdict = "record" | "again" | "once more";

interface Held {
  readonly target: FetchTarget;
  readonly host: string;
  readonly part: SilentPart;
  /** How many answers the name servers had given when the failure was held. A greater count shows that they work. */
  readonly nameAnswers: number;
  /** While the failure was held, the name servers stopped answering for names that they had answered for before. */
  isFromOutage: boolean;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** Samples whose failure may be the network's or the resolver's fault and not their hosts'. */
export class HeldSamples {
  readonly #held = new Set<Held>();

  /** The hosts of the held samples, each with one target. */
  get hosts(): ReadonlyMap<string, FetchTarget> {
    return new Map([...this.#held].map(({ host, target }) => [host, target]));
  }

  get size(): number {
    return this.#held.size;
  }

  has(part: SilentPart): boolean {
    for (const held of this.#held) if (held.part === part) return true;
    return false;
  }

  /** Who was silent to a host of a held sample; undefined if none of its samples is held. */
  partOf(host: string): SilentPart | undefined {
    for (const held of this.#held) if (held.host === host) return held.part;
    return undefined;
  }

  /** Holds a failure until it is released. Rejects with the signal's reason. */
  hold(sample: Pick<Held, "target" | "host" | "part" | "nameAnswers">, signal: AbortSignal): Promise<Verdict> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const forget = onAbort(signal, () => {
        this.#held.delete(held);
        reject(signal.reason);
      });
      const leave = <Value>(then: (value: Value) => void) => {
        return (value: Value) => {
          this.#held.delete(held);
          forget();
          then(value);
        };
      };
      const held: Held = { ...sample, isFromOutage: false, resolve: leave(resolve), reject: leave(reject) };
      this.#held.add(held);
    });
  }

  /** Marks the held name failures: the name servers no longer answer for names that they answered for before. */
  blameNames(): void {
    for (const held of this.#held) if (held.part === "names") held.isFromOutage = true;
  }

  /**
   * Releases failures that are proven to be the hosts' own: some host has answered, or the name servers have since the failure
   * was held.
   */
  releaseProven(hasHostAnswered: boolean, nameAnswers: number): void {
    for (const held of [...this.#held])
      if (held.part === "network" ? hasHostAnswered : nameAnswers > held.nameAnswers) held.resolve(held.isFromOutage ? "again" : "record");
  }

  /** Releases all. Those that an outage caused are fetched again in any case. */
  release(verdict: Verdict): void {
    for (const held of [...this.#held]) held.resolve(held.isFromOutage ? "again" : verdict);
  }

  /** Rejects all held samples, which ends the run. */
  reject(error: unknown): void {
    for (const held of [...this.#held]) held.reject(error);
  }
}

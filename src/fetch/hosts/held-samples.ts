// Fetch, inside the watch for outages: the silent failures that are kept back until it is known what they mean.
import { onAbort } from "../../core/on-abort.ts";
import type { FetchTarget } from "../fetch-target.ts";

/** Who was silent: the network to a host, or the name servers about it. */
export type SilentPart = "network" | "names";

/** What becomes of a failure that was kept back: it is recorded, or its sample is fetched again, or so unless it was before. */
export type Verdict = "record" | "again" | "once more";

interface Held {
  readonly target: FetchTarget;
  readonly host: string;
  readonly part: SilentPart;
  /** The count of the name servers' answers when it was put here: a greater one shows that they live. */
  readonly nameAnswers: number;
  /** Names that had been answered before were not any more while it was here. */
  isOfOutage: boolean;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** Samples whose failure may be the network's or the resolver's and not their hosts'. */
export class HeldSamples {
  readonly #held = new Set<Held>();

  /** Hosts in it. */
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

  /** Who was silent to a host of which a sample is in it. */
  partOf(host: string): SilentPart | undefined {
    for (const held of this.#held) if (held.host === host) return held.part;
    return undefined;
  }

  /** Keeps a failure back until it is released; rejects with the signal's reason. */
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
      const held: Held = { ...sample, isOfOutage: false, resolve: leave(resolve), reject: leave(reject) };
      this.#held.add(held);
    });
  }

  /** The name servers are silent about names that they answered for before. */
  blameNames(): void {
    for (const held of this.#held) if (held.part === "names") held.isOfOutage = true;
  }

  /** Lets those go on whose failure is their own: some host has answered, or name servers have since they were put here. */
  releaseProven(hasHostAnswered: boolean, nameAnswers: number): void {
    for (const held of [...this.#held])
      if (held.part === "network" ? hasHostAnswered : nameAnswers > held.nameAnswers) held.resolve(held.isOfOutage ? "again" : "record");
  }

  /** Lets all go on; those that are known to be of an outage are fetched again in any case. */
  release(verdict: Verdict): void {
    for (const held of [...this.#held]) held.resolve(held.isOfOutage ? "again" : verdict);
  }

  /** Ends the run for all. */
  reject(error: unknown): void {
    for (const held of [...this.#held]) held.reject(error);
  }
}

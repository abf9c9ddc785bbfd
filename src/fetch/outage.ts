// Fetch, around a fetcher: when no host answers any more it is the network that is gone, and samples wait instead of failing.
import { setMaxListeners } from "node:events";
import { IncompleteError } from "../core/errors.ts";
import type { FailureCode } from "../core/outcome.ts";
import type { Fetcher, FetchResult } from "./fetcher.ts";

/** How long to wait for the network, and with whose clock. */
export interface OutageOptions {
  /** After so long without an answer the run is given up; 0 never waits. */
  readonly maxOutageMs: number;
  /** Milliseconds of any clock that never goes back. */
  readonly now: () => number;
  /** Resolves after so long, or when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Told when the wait begins and when it ends. */
  readonly onNotice: (text: string) => void;
}

/** Failures that a machine without network or resolver sees of every host. A name that does not exist is an answer. */
const SILENT: ReadonlySet<FailureCode> = new Set(["dns_failed", "connect_refused", "connect_timeout", "timeout"]);

/** So many hosts in a row without a sign of life from any are not an accident; in LAION's lists one URL in five fails so. */
const MANY_HOSTS = 50;

/** Where nothing else is under way that could show a sign of life, so many are asked about before they are believed. */
const FEW_HOSTS = 20;

const MAX_PROBES = 8;
const FIRST_PROBE_MS = 1000;
const LAST_PROBE_MS = 30_000;

type Verdict = "record" | "again";

interface Held {
  readonly url: string;
  readonly host: string;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A fetcher that keeps silent failures back until some host has answered. When too many hosts in a row are silent it
 * asks hosts that answered before; if these are silent too, everything waits until one answers, and what was kept back is
 * fetched again. Rejects with an IncompleteError when the wait becomes too long.
 */
export function watchOutages(fetcher: Fetcher, options: OutageOptions): Fetcher {
  return options.maxOutageMs > 0 ? new OutageWatch(fetcher, options) : fetcher;
}

class OutageWatch implements Fetcher {
  readonly #fetcher: Fetcher;
  readonly #options: OutageOptions;
  readonly #held = new Set<Held>();
  /** The last hosts that answered, with the URL that they answered for. */
  readonly #answered = new Map<string, string>();
  readonly #closed = new AbortController();
  #active = 0;
  #wait: Promise<void> | undefined;
  #error: unknown;

  constructor(fetcher: Fetcher, options: OutageOptions) {
    this.#fetcher = fetcher;
    this.#options = options;
    setMaxListeners(0, this.#closed.signal);
  }

  get inFlight(): number {
    return this.#fetcher.inFlight;
  }

  async fetch(url: string | null, signal: AbortSignal): Promise<FetchResult> {
    // Whoever waits listens; their number is bounded by the caller's samples.
    setMaxListeners(0, signal);
    for (;;) {
      if (this.#wait) await untilAborted(this.#wait, signal);
      if (this.#error !== undefined) throw this.#error;
      this.#active += 1;
      let result: FetchResult;
      try {
        result = await this.#fetcher.fetch(url, signal);
      } finally {
        this.#active -= 1;
      }
      const host = hostOf(url);
      const answer = answerOf(result);
      if (answer === "silence" && url !== null && host !== undefined) {
        const verdict = this.#hold(url, host, signal);
        this.#judge();
        if ((await verdict) === "record") return result;
        continue;
      }
      if (answer === "life" && url !== null && host !== undefined) {
        this.#remember(host, url);
        if (!this.#wait) this.#release("record");
      } else this.#judge();
      return result;
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#fetcher.close();
  }

  #hold(url: string, host: string, signal: AbortSignal): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#held.delete(held);
        reject(signal.reason);
      };
      const leave = <Value>(then: (value: Value) => void) => {
        return (value: Value) => {
          signal.removeEventListener("abort", onAbort);
          then(value);
        };
      };
      const held: Held = { url, host, resolve: leave(resolve), reject: leave(reject) };
      this.#held.add(held);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Lets what was kept back go on. */
  #release(verdict: Verdict): void {
    for (const held of this.#held) held.resolve(verdict);
    this.#held.clear();
  }

  #judge(): void {
    if (this.#wait || this.#held.size === 0) return;
    const hosts = new Set([...this.#held].map(({ host }) => host)).size;
    const isAlone = this.#active === 0;
    if (hosts >= MANY_HOSTS || (isAlone && hosts >= FEW_HOSTS)) {
      this.#wait = this.#sitOut()
        .catch((error: unknown) => {
          this.#error = error;
          for (const held of this.#held) held.reject(error);
          this.#held.clear();
        })
        .finally(() => {
          this.#wait = undefined;
        });
    } else if (isAlone) this.#release("record");
  }

  async #sitOut(): Promise<void> {
    const { maxOutageMs, now, sleep, onNotice } = this.#options;
    const startedAt = now();
    if (await this.#isAlive()) return this.#release("record");
    const hosts = new Set([...this.#held].map(({ host }) => host)).size;
    onNotice(
      `no host answers any more (${hosts} in a row do not): the network or the resolver seems to be gone; the download waits up to ${Math.round(maxOutageMs / 1000)} s for it`,
    );
    for (let delayMs = FIRST_PROBE_MS; now() - startedAt < maxOutageMs; delayMs = Math.min(2 * delayMs, LAST_PROBE_MS)) {
      await sleep(delayMs, this.#closed.signal);
      this.#closed.signal.throwIfAborted();
      if (!(await this.#isAlive())) continue;
      onNotice("hosts answer again: the download goes on");
      return this.#release("again");
    }
    throw new IncompleteError(
      `no host has answered for ${Math.round((now() - startedAt) / 1000)} s: the network or the resolver is gone`,
      "Start the same command again when it is back; --max-outage 0 takes silent hosts for what they are.",
    );
  }

  /** Whether any of some hosts answers: those that did before, or where none ever did, those that are silent. */
  async #isAlive(): Promise<boolean> {
    const silent = new Map([...this.#held].map(({ host, url }) => [host, url]));
    const urls = [...(this.#answered.size > 0 ? this.#answered : silent).values()].slice(0, MAX_PROBES);
    const answers = await Promise.all(
      urls.map(async (url) => {
        const result = await this.#fetcher.fetch(url, this.#closed.signal);
        if (result.ok) result.release();
        return answerOf(result) === "life";
      }),
    );
    return answers.includes(true);
  }

  #remember(host: string, url: string): void {
    this.#answered.delete(host);
    this.#answered.set(host, url);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > MAX_PROBES && oldest !== undefined) this.#answered.delete(oldest);
  }
}

function answerOf(result: FetchResult): "life" | "silence" | "nothing" {
  if (result.ok || result.httpStatus !== undefined) return "life";
  if (SILENT.has(result.failure.code)) return "silence";
  // Neither a refused URL nor a broken connection says anything about the network.
  return "nothing";
}

function hostOf(url: string | null): string | undefined {
  return url !== null && URL.canParse(url) ? new URL(url).hostname : undefined;
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

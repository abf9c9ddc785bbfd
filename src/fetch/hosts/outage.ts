// Detects outages of the network or the resolver: samples wait for the end instead of failing.

import { IncompleteError } from "../../core/errors.ts";
import { onAbort, untilAborted } from "../../core/on-abort.ts";
import type { FailureCode } from "../../core/outcome.ts";
import type { FetchTarget } from "../fetch-target.ts";
import type { Fetcher, FetchResult } from "../fetcher.ts";
import { anyTrue } from "./any-true.ts";
import { HeldSamples, type SilentPart } from "./held-samples.ts";

/** How long to wait for the network, and with which clock. */
export interface OutageOptions {
  /** Milliseconds without an answer after which the run is given up; 0 never waits. */
  readonly maxOutageMs: number;
  /** The name of the proxy that everything goes through. */
  readonly proxy?: string | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Resolves after `delayMs`, or when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Called when the wait begins and when it ends. */
  readonly onNotice: (text: string, isOver: boolean) => void;
  /** Called with every URL whose host has answered. */
  readonly onAnswer?: ((url: string) => void) | undefined;
}

/** A fetcher that waits for the network. */
export interface WatchedFetcher extends Fetcher {
  /** Learns from another process that this URL's host has answered lately. An outage then asks this host, too. */
  learn(url: string | FetchTarget): void;
}

/**
 * Failures that a machine without network or resolver sees for every host. A name that does not exist is an answer. Names are a
 * part of their own, because hosts with known addresses go on answering while no name server does.
 */
const SILENT: ReadonlyMap<FailureCode, SilentPart> = new Map([
  ["dns_failed", "names"],
  ["connect_refused", "network"],
  ["connect_timeout", "network"],
  ["timeout", "network"],
  // Requests that were under way when the line broke.
  ["connection_reset", "network"],
]);

/** This many silent hosts in a row are no accident; in LAION's lists one URL in five fails so. */
const MANY_HOSTS = 50;

/** If nothing else is under way that could show a sign of life, this many silent hosts are enough to probe. */
const FEW_HOSTS = 20;

const MAX_PROBES = 8;
const FIRST_PROBE_MS = 1000;
const LAST_PROBE_MS = 30_000;

/** Names that were answered before and are asked for again while the name servers are in doubt. */
const NAMES_ASKED = 3;

/**
 * A fetcher that holds silent failures back until some host or name server has answered. It probes the hosts that answered before
 * when too many hosts in a row are silent, or when all under way are silent and one of them answered before. If the probed hosts
 * are silent too, everything waits until one answers, and the held samples are fetched again. Rejects with an IncompleteError if
 * the wait becomes too long.
 */
export function watchOutages(fetcher: Fetcher, options: OutageOptions): WatchedFetcher {
  return new OutageWatch(fetcher, options);
}

class OutageWatch implements WatchedFetcher {
  readonly #fetcher: Fetcher;
  readonly #options: OutageOptions;
  readonly #held = new HeldSamples();
  /** The last hosts that answered, each with the target that it answered for. */
  readonly #answered = new Map<string, FetchTarget>();
  readonly #closed = new AbortController();
  #active = 0;
  #wait: Promise<void> | undefined;
  #isAskingNames = false;
  /** Whether the name servers were silent when they were last in doubt. */
  #areNamesSilent = false;
  /** The words of the last failure that was held back. */
  #lastSilence = "";
  #error: unknown;

  constructor(fetcher: Fetcher, options: OutageOptions) {
    this.#fetcher = fetcher;
    this.#options = options;
  }

  get inFlight(): number {
    return this.#fetcher.inFlight;
  }

  get nameAnswers(): number {
    return this.#fetcher.nameAnswers;
  }

  askNameAnew(host: string): Promise<boolean | undefined> {
    return this.#fetcher.askNameAnew(host);
  }

  target(url: string | null | FetchTarget): FetchTarget {
    return this.#fetcher.target(url);
  }

  async fetch(url: string | null | FetchTarget, signal: AbortSignal): Promise<FetchResult> {
    const target = this.target(url);
    const host = target.url?.hostname;
    let wasDoubted = false;
    for (;;) {
      if (this.#wait) await untilAborted(this.#wait, signal);
      if (this.#error !== undefined) throw this.#error;
      this.#active += 1;
      let result: FetchResult;
      try {
        result = await this.#fetcher.fetch(target, signal);
      } catch (error) {
        this.#active -= 1;
        // Held samples may wait for the result of this one.
        this.#judge();
        throw error;
      }
      this.#active -= 1;
      const isTurnedAway = !result.ok && result.failure.code === "host_busy" && result.httpStatus === undefined;
      // Its host may be in distress only because of the outage.
      if (isTurnedAway && this.#wait) continue;
      // A sample that was turned away because others of its host are silent shares their fate.
      const silent = isTurnedAway && host !== undefined ? this.#held.partOf(host) : silentPartOf(result);
      const part = this.#options.maxOutageMs > 0 ? silent : undefined;
      if (part !== undefined && host !== undefined) {
        if (!result.ok) this.#lastSilence = result.failure.detail ?? result.failure.code;
        const verdict = this.#held.hold({ target, host, part, nameAnswers: this.nameAnswers }, signal);
        if (part === "names") void this.#askNames();
        this.#judge();
        const what = await verdict;
        // Asking for a name again is cheap. Asking a silent host again would cost its time-out, at the end of every list.
        if (what === "record" || (what === "once more" && (wasDoubted || part === "network"))) return result;
        wasDoubted ||= what === "once more";
        continue;
      }
      const isAlive = hasAnswered(result) && host !== undefined;
      if (isAlive) {
        this.#remember(host, target);
        if (target.text !== null) this.#options.onAnswer?.(target.text);
      }
      if (!this.#wait) this.#held.releaseProven(isAlive, this.nameAnswers);
      this.#judge();
      return result;
    }
  }

  learn(url: string | FetchTarget): void {
    const target = this.target(url);
    const host = target.url?.hostname;
    // What this process has seen is newer.
    if (host !== undefined && !this.#answered.has(host) && this.#answered.size < MAX_PROBES) this.#answered.set(host, target);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#fetcher.close();
  }

  #judge(): void {
    if (this.#wait || this.#isAskingNames || this.#held.size === 0) return;
    const { hosts } = this.#held;
    const isAlone = this.#active === 0;
    const isTelling = hosts.size >= FEW_HOSTS || (this.#areNamesSilent && this.#held.has("names"));
    const haveAnswered = [...hosts.keys()].some((host) => this.#answered.has(host));
    if (hosts.size >= MANY_HOSTS || (isAlone && (isTelling || haveAnswered))) {
      this.#wait = this.#waitForEnd()
        .catch((error: unknown) => {
          this.#error = error;
          this.#held.reject(error);
        })
        .finally(() => {
          this.#wait = undefined;
        });
    } else if (isAlone) this.#held.release("record");
  }

  /** While name failures are held, asks again and again whether the name servers still answer for names that they knew. */
  async #askNames(): Promise<void> {
    if (this.#isAskingNames || this.#wait || this.#answered.size === 0) return;
    this.#isAskingNames = true;
    try {
      do {
        const answers = await this.#answersForNames([...this.#answered.keys()].slice(-NAMES_ASKED));
        this.#areNamesSilent = answers === false;
        if (answers === false) this.#held.blameNames();
        else if (!this.#wait) this.#held.releaseProven(false, this.nameAnswers);
        if (answers !== true) return;
      } while (!this.#wait && this.#held.has("names"));
    } finally {
      this.#isAskingNames = false;
      this.#judge();
    }
  }

  async #waitForEnd(): Promise<void> {
    const { maxOutageMs, now, sleep, onNotice, proxy } = this.#options;
    const startedAt = now();
    // The outage ended just now, or these are many dead names in a row: fetching them once more tells which.
    if (await this.#isAlive()) return this.#held.release("once more");
    const isNetwork = this.#held.has("network");
    const what = isNetwork ? "no host answers any more" : "no name server answers any more";
    const suspects = proxy === undefined ? "the network or the resolver" : `the network, the resolver or the proxy ${proxy}`;
    // A proxy says why.
    const words = isNetwork && proxy !== undefined ? ` (${this.#lastSilence})` : "";
    const cause = `${isNetwork ? suspects : "the resolver"} seems to be gone${words}`;
    onNotice(
      `${what} (${this.#held.hosts.size} in a row): ${cause}; the download waits up to ${Math.round(maxOutageMs / 1000)} s for it`,
      false,
    );
    for (let delayMs = FIRST_PROBE_MS; now() - startedAt < maxOutageMs; delayMs = Math.min(2 * delayMs, LAST_PROBE_MS)) {
      await sleep(delayMs, this.#closed.signal);
      this.#closed.signal.throwIfAborted();
      if (!(await this.#isAlive())) continue;
      onNotice(`${isNetwork ? "hosts answer" : "name servers answer"} again: the download goes on`, true);
      this.#areNamesSilent = false;
      return this.#held.release("again");
    }
    throw new IncompleteError(
      `no ${isNetwork ? "host" : "name server"} has answered for ${Math.round((now() - startedAt) / 1000)} s: ${suspects} is gone${words}`,
      "Start the same command again when it is back, or give --max-outage 0 to record silent hosts as failures.",
    );
  }

  /** Whether all that was silent answers again: some host of the network, and the name servers for some name. */
  async #isAlive(): Promise<boolean> {
    const [network, names] = await Promise.all([
      this.#held.has("network") ? this.#isAnyHostAlive() : true,
      this.#held.has("names") ? this.#areNamesAlive() : true,
    ]);
    return network && names;
  }

  /** Probes the hosts that answered before or, if none ever did, the silent ones. */
  async #isAnyHostAlive(): Promise<boolean> {
    const targets = [...(this.#answered.size > 0 ? this.#answered : this.#held.hosts).values()].slice(0, MAX_PROBES);
    const stop = new AbortController();
    const forget = onAbort(this.#closed.signal, () => stop.abort(this.#closed.signal.reason));
    try {
      // Every new sample waits meanwhile. One answer is enough, and the slowest would take its whole time-out.
      return await anyTrue(targets.map((target) => this.#isHostAlive(target, stop.signal)));
    } finally {
      forget();
      stop.abort();
    }
  }

  async #isHostAlive(target: FetchTarget, signal: AbortSignal): Promise<boolean> {
    const result = await this.#fetcher.fetch(target, signal);
    if (result.ok) result.release();
    return hasAnswered(result);
  }

  async #areNamesAlive(): Promise<boolean> {
    const known = await this.#answersForNames([...this.#answered.keys()]);
    return known ?? (await this.#answersForNames([...this.#held.hosts.keys()].slice(0, MAX_PROBES))) ?? true;
  }

  /** Whether name servers answer for any of these hosts; undefined if they are not asked for any of them. */
  async #answersForNames(hosts: readonly string[]): Promise<boolean | undefined> {
    const answers = hosts.map((host) => this.#fetcher.askNameAnew(host));
    if (await anyTrue(answers.map(async (answer) => (await answer) === true))) return true;
    return (await Promise.all(answers)).includes(false) ? false : undefined;
  }

  #remember(host: string, target: FetchTarget): void {
    this.#answered.delete(host);
    this.#answered.set(host, target);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > MAX_PROBES && oldest !== undefined) this.#answered.delete(oldest);
  }
}

function hasAnswered(result: FetchResult): boolean {
  return result.ok || result.httpStatus !== undefined;
}

/** Also for a host that answered and then fell silent. A refused URL says nothing about the network. */
function silentPartOf(result: FetchResult): SilentPart | undefined {
  return result.ok ? undefined : SILENT.get(result.failure.code);
}

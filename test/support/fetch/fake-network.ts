// Networks, results and a clock for tests of outages, without waiting.
import { failure } from "../../../src/core/outcome.ts";
import { type FetchTarget, toFetchTarget } from "../../../src/fetch/fetch-target.ts";
import type { Fetcher, FetchResult } from "../../../src/fetch/fetcher.ts";
import type { OutageOptions } from "../../../src/fetch/hosts/outage.ts";

/** An answer of a live host. */
export const HTTP_404: FetchResult = { ok: false, failure: failure("http_404"), httpStatus: 404, attempts: 1, elapsedMs: 1 };
/** A name that no server resolves. */
export const NO_NAME: FetchResult = { ok: false, failure: failure("dns_failed"), attempts: 1, elapsedMs: 1 };
/** A download that its host had no room for. */
export const TURNED_AWAY: FetchResult = { ok: false, failure: failure("host_busy"), attempts: 0, elapsedMs: 0 };
/** A host that does not answer. */
export const SILENCE: FetchResult = { ok: false, failure: failure("connect_timeout"), attempts: 1, elapsedMs: 1 };

/** The target that a fetcher without guard makes of a URL. */
const target = (url: string | null | FetchTarget) =>
  typeof url === "object" && url !== null ? url : toFetchTarget(url, { allowPrivateNetwork: true });

/** The text of a URL that a fake fetcher is asked for. */
export const textOf = (url: string | null | FetchTarget) => target(url).text ?? "";

/** A network whose hosts answer as a function says. `requests` counts its requests. */
export function network(answers: (host: string, request: number) => boolean): Fetcher & { requests: number } {
  return {
    inFlight: 0,
    nameAnswers: 0,
    askNameAnew: async () => undefined,
    requests: 0,
    target,
    async fetch(url) {
      this.requests += 1;
      return answers(target(url).url?.hostname ?? "", this.requests) ? HTTP_404 : SILENCE;
    },
    close: async () => undefined,
  };
}

/** Hosts that all live, behind name servers that may not answer. A name that was answered for stays known. */
export function namedNetwork(doNamesAnswer: () => boolean): Fetcher & { readonly asked: string[] } {
  const known = new Set<string>();
  const fetcher = {
    inFlight: 0,
    nameAnswers: 0,
    asked: [] as string[],
    async askNameAnew(host: string) {
      fetcher.asked.push(host);
      if (doNamesAnswer()) fetcher.nameAnswers += 1;
      return doNamesAnswer();
    },
    target,
    async fetch(url: string | null | FetchTarget): Promise<FetchResult> {
      const hostname = target(url).url?.hostname ?? "";
      const isKnown = known.has(hostname) && !hostname.startsWith("broken");
      if (!isKnown && (!doNamesAnswer() || hostname.startsWith("broken"))) return NO_NAME;
      if (!isKnown) fetcher.nameAnswers += 1;
      known.add(hostname);
      return HTTP_404;
    },
    close: async () => undefined,
  };
  return fetcher;
}

/** A clock that `sleep` moves, with the notices of an outage. */
export function clock(): OutageOptions & { readonly notices: string[]; nowMs: number } {
  const state = {
    nowMs: 0,
    notices: [] as string[],
    maxOutageMs: 600_000,
    now: () => state.nowMs,
    sleep: async (delayMs: number) => {
      state.nowMs += delayMs;
    },
    onNotice: (text: string) => void state.notices.push(text),
  };
  return state;
}

/** URLs of this many different hosts. */
export const hosts = (count: number, name = "host") => Array.from({ length: count }, (_, index) => `http://${name}${index}.example/a.jpg`);

/** Fetches all at once. */
export async function fetchAll(fetcher: Fetcher, urls: readonly string[]): Promise<FetchResult[]> {
  const { signal } = new AbortController();
  return await Promise.all(urls.map((url) => fetcher.fetch(url, signal)));
}

/** The different outcomes of some results. */
export const codes = (results: readonly FetchResult[]) => new Set(results.map((result) => (result.ok ? "ok" : result.failure.code)));

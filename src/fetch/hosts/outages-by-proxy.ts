// Fetch, around the watches for outages: each way into the network has one of its own, since one that is gone says nothing of another.
import type { FetchTarget } from "../fetch-target.ts";
import type { Fetcher } from "../fetcher.ts";
import { type Proxies, proxyFor } from "../proxy/proxy.ts";
import type { WatchedFetcher } from "./outage.ts";

/**
 * A fetcher that gives each URL to the watch over its way: that of a proxy, by its name, or the direct one. `watch` is asked
 * for each of them once, when it is first needed. Closes all.
 */
export function watchOutagesByProxy(
  fetcher: Fetcher,
  proxies: Proxies | undefined,
  watch: (proxy: string | undefined) => WatchedFetcher,
): WatchedFetcher {
  if (!proxies) return watch(undefined);
  const watches = new Map<string | undefined, WatchedFetcher>();
  const watchOver = (target: FetchTarget): WatchedFetcher => {
    const proxy = target.url && proxyFor(proxies, target.url)?.name;
    const watching = watches.get(proxy) ?? watch(proxy);
    watches.set(proxy, watching);
    return watching;
  };
  return {
    get inFlight() {
      return fetcher.inFlight;
    },
    get nameAnswers() {
      return fetcher.nameAnswers;
    },
    askNameAnew: (host) => fetcher.askNameAnew(host),
    target: (url) => fetcher.target(url),
    fetch: async (url, signal) => {
      const target = fetcher.target(url);
      return await watchOver(target).fetch(target, signal);
    },
    learn: (url) => watchOver(fetcher.target(url)).learn(url),
    close: async () => {
      await Promise.all([...watches.values(), fetcher].map((one) => one.close()));
    },
  };
}

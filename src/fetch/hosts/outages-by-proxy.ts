// Watches for outages of each proxy and of the direct way separately.
import type { FetchTarget } from "../fetch-target.ts";
import type { Fetcher } from "../fetcher.ts";
import { type Proxies, proxyFor } from "../proxy/proxy.ts";
import type { WatchedFetcher } from "./outage.ts";

/**
 * A fetcher that gives each URL to the watch of its proxy, by the proxy's name, or to that of the direct way. A proxy that is
 * down says nothing about the others. `watch` creates a watch when it is first needed. Closes all of them.
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
    learn: (url) => {
      const target = fetcher.target(url);
      watchOver(target).learn(target);
    },
    close: async () => {
      await Promise.all([...watches.values(), fetcher].map((one) => one.close()));
    },
  };
}

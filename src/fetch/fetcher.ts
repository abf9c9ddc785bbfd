// Fetch, the face of this folder: one URL of a sample in, its bytes or the reason why there are none out.
import type { buildConnector, Dispatcher } from "undici";
import { Budget } from "../core/budget.ts";
import type { Failure } from "../core/outcome.ts";
import { sleep } from "../core/sleep.ts";
import { createAgent } from "./agent.ts";
import { type AttemptSettings, attempt } from "./attempt.ts";
import { BodyGrowth } from "./body-growth.ts";
import { DownloadSlots } from "./download-slots.ts";
import { blockListed, type FetchTarget, toFetchTarget } from "./fetch-target.ts";
import { assertGuard, createConnector } from "./guard/connector.ts";
import { createResolver } from "./guard/resolver.ts";
import { HostLimits } from "./hosts/host-limits.ts";
import { KeepAliveLimit } from "./hosts/keep-alive-limit.ts";
import { attemptWithinLimits } from "./hosts/limited-attempt.ts";
import { type Proxies, proxyFor } from "./proxy/proxy.ts";
import { retryDelayMs } from "./retry-policy.ts";
import { DEFAULT_DISALLOWED_DIRECTIVES } from "./rights/opt-out-headers.ts";
import { createRobots, MAX_ROBOTS_BYTES } from "./rights/robots.ts";

/** How images are downloaded; what has a default may be left out. */
export interface FetchOptions {
  /** Longest silence of a server: while connecting, before the headers, between pieces. Default 10,000. */
  readonly timeoutMs?: number;
  /** Longest time for one attempt with its redirects, without the wait for memory. Default 30,000. */
  readonly totalTimeoutMs?: number;
  /** Further attempts after a retryable failure. Default 0. */
  readonly retries?: number;
  /** Largest body, on the wire and decompressed. Default 32 MiB. */
  readonly maxImageBytes?: number;
  /** Attempts under way at once. */
  readonly maxInFlight: number;
  /** Connections that may be open at once where the process may open few files: a quarter of them may wait for further requests. */
  readonly maxConnections?: number;
  /** Bytes of bodies in memory; a successful result holds its share until it is released. */
  readonly bytes: Budget;
  /** Attempts, and connections, to one host at once; fewer while it is in distress. Default 6, as browsers. */
  readonly connectionsPerHost?: number;
  /** Lets URLs lead to any address and port. Default false. */
  readonly allowPrivateNetwork?: boolean;
  /** Ports allowed beside those of the web. */
  readonly allowedPorts?: readonly number[];
  /** DNS servers as "ADDRESS" or "ADDRESS:PORT"; none means the system's. */
  readonly dnsServers?: readonly string[];
  /** Proxies to go through; addresses are looked up and checked all the same. */
  readonly proxies?: Proxies;
  /** X-Robots-Tag directives that refuse a download. Default noai, noimageai, noindex, noimageindex; an empty list switches it off. */
  readonly disallowedDirectives?: readonly string[];
  /** Refuses where the header `tdm-reservation: 1` is given. Default true. */
  readonly honourTdmReservation?: boolean;
  /** Whether robots.txt is asked and obeyed. Default obey. */
  readonly robots?: "obey" | "ignore";
  /** Why a URL must not be requested, such as `host example.com`; asked of every hop. */
  readonly blocks?: (url: URL) => string | undefined;
  /** The User-Agent header; its first word up to a slash is the name that X-Robots-Tag and robots.txt may address. */
  readonly userAgent: string;
  /** A further name that rules may address, lower case. */
  readonly userAgentToken?: string;
  /** Takes any certificate. Default false. */
  readonly insecureTls?: boolean;
  /** Uniform in [0, 1), for the jitter of retries. Default Math.random. */
  readonly random?: () => number;
  /** Opens connections to addresses that were checked, in place of undici's own way; tests listen here. */
  readonly open?: buildConnector.connector;
}

/** What became of a URL. `attempts` is 0 where the URL itself was refused; `elapsedMs` is time spent in attempts, waits left out. */
export type FetchResult = { readonly attempts: number; readonly elapsedMs: number } & (
  | {
      readonly ok: true;
      readonly body: Buffer;
      readonly httpStatus: number;
      readonly contentType?: string;
      /** Gives the body's bytes back to the budget, once; call it when the sample is done. */
      readonly release: () => void;
    }
  | { readonly ok: false; readonly failure: Failure; readonly httpStatus?: number }
);

/** Downloads images. */
export interface Fetcher {
  /** Attempts under way now, at most `maxInFlight`. */
  readonly inFlight: number;
  /** Answers of name servers so far, as `Resolver` counts them. */
  readonly nameAnswers: number;
  /** Whether the name servers answer for a host now; undefined where it is none that they are asked for. */
  askNameAnew(host: string): Promise<boolean | undefined>;
  /** Parses and checks a URL once; a target that came from here is returned as it is. */
  target(url: string | null | FetchTarget): FetchTarget;
  /** Resolves with bytes or a failure. Rejects with the signal's reason as soon as it aborts, and otherwise only for a defect. */
  fetch(url: string | null | FetchTarget, signal: AbortSignal): Promise<FetchResult>;
  /** Closes all connections; what is under way rejects. */
  close(): Promise<void>;
}

const DEFAULT_MAX_IMAGE_BYTES = 32 * 2 ** 20;
/** Images of a host that come one by one go through one connection, unless one of them holds the others back for so long. */
const NEW_CONNECTION_DELAY_MS = 250;
/** A robots.txt must not cost its first image the whole deadline. */
const ROBOTS_TIMEOUT_MS = 10_000;

/** Creates a fetcher. Throws where a DNS server's address cannot be read. */
export function createFetcher(options: FetchOptions): Fetcher {
  const { timeoutMs = 10_000, connectionsPerHost = 6, allowPrivateNetwork = false, dnsServers = [], insecureTls = false } = options;
  const { retries = 0, random = Math.random } = options;
  // Both tries (c-ares doubles the second's time) end within the time for a connection.
  const resolver = createResolver({ servers: dnsServers, queryTimeoutMs: Math.ceil(timeoutMs / 4) });
  const { open, proxies } = options;
  const connector = createConnector({
    ...{ resolver, allowPrivateNetwork, timeoutMs, insecureTls },
    ...(proxies ? { proxyFor: (destination) => proxyFor(proxies, destination) } : {}),
    ...(open ? { open } : {}),
  });
  const guard = allowPrivateNetwork ? Promise.resolve() : assertGuard(connector);
  // Every fetch awaits it, and so reports its rejection.
  guard.catch(() => undefined);
  const limit = new KeepAliveLimit((options.maxConnections ?? Number.POSITIVE_INFINITY) / 4);
  const agent = createAgent({
    connect: limit.counting(connector),
    connections: connectionsPerHost,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // An empty header counts one byte and takes over 200 of memory: 256 heads of them hold 0.9 GB, and 2.5 GB were this four times as much.
    maxHeaderSize: 16 * 1024,
    allowH2: false,
  });
  const slots = new DownloadSlots(options.maxInFlight, options.bytes.capacity);
  const hosts = new HostLimits({
    perHost: connectionsPerHost,
    maxWaitingInDistress: options.maxInFlight,
    newConnectionDelayMs: NEW_CONNECTION_DELAY_MS,
  });
  const settings = attemptSettings(options, agent.compose(limit.interceptor));
  const visits = { hosts, slots, attempt: settings };

  const targetOf = (url: string | null | FetchTarget) =>
    typeof url === "object" && url !== null ? url : toFetchTarget(url, settings.target);

  return {
    get inFlight() {
      return slots.inFlight;
    },
    get nameAnswers() {
      return resolver.answers;
    },
    askNameAnew: (host) => resolver.askAnew(host),
    target: targetOf,
    async fetch(row, signal) {
      signal.throwIfAborted();
      const { url, refusal } = targetOf(row);
      if (refusal) return { ok: false, failure: refusal, attempts: 0, elapsedMs: 0 };
      await guard;
      let elapsedMs = 0;
      let attempts = 0;
      for (let retry = 1; ; retry++) {
        const result = await attemptWithinLimits(url, signal, visits);
        elapsedMs += result.elapsedMs;
        attempts += result.isAsked ? 1 : 0;
        if (result.ok) {
          const { body, httpStatus, contentType, release } = result;
          return { ok: true, body, httpStatus, ...(contentType ? { contentType } : {}), release, attempts, elapsedMs };
        }
        const { failure: reason, httpStatus, retryAfter } = result;
        const delayMs = retryDelayMs({ code: reason.code, retry, maxRetries: retries, retryAfter, nowMs: Date.now(), random });
        if (delayMs === undefined)
          return { ok: false, failure: reason, ...(httpStatus === undefined ? {} : { httpStatus }), attempts, elapsedMs };
        await sleep(delayMs, signal);
        signal.throwIfAborted();
      }
    },
    async close() {
      hosts.close();
      resolver.close();
      await agent.destroy();
    },
  };
}

function attemptSettings(options: FetchOptions, dispatcher: Dispatcher): AttemptSettings {
  const directives = options.disallowedDirectives ?? DEFAULT_DISALLOWED_DIRECTIVES;
  const agent = (options.userAgent.split(/[/\s]/, 1)[0] ?? "").toLowerCase();
  const settings: AttemptSettings = {
    dispatcher,
    headers: {
      "user-agent": options.userAgent,
      accept: "image/avif,image/webp,image/png,image/jpeg,image/gif,image/*;q=0.8,*/*;q=0.5",
      "accept-encoding": "identity",
    },
    totalTimeoutMs: options.totalTimeoutMs ?? 30_000,
    maxImageBytes: options.maxImageBytes ?? DEFAULT_MAX_IMAGE_BYTES,
    bytes: options.bytes,
    growth: new BodyGrowth(options.bytes),
    target: {
      allowPrivateNetwork: options.allowPrivateNetwork ?? false,
      allowedPorts: new Set(options.allowedPorts),
      ...(options.blocks ? { blocks: options.blocks } : {}),
    },
    disallowedDirectives: new Set(directives.map((directive) => directive.trim().toLowerCase()).filter(Boolean)),
    honourTdmReservation: options.honourTdmReservation ?? true,
    agent,
    ...(options.userAgentToken === undefined ? {} : { token: options.userAgentToken }),
  };
  if (options.robots === "ignore") return settings;
  // What robots.txt itself is tagged with, often noindex, is no word about pictures.
  // Its own: an image whose clock runs must not wait for the memory of others.
  const bytes = new Budget(16 * 2 ** 20);
  const ofRobots: AttemptSettings = {
    ...settings,
    headers: { ...settings.headers, accept: "text/plain,*/*;q=0.5" },
    totalTimeoutMs: Math.min(settings.totalTimeoutMs, ROBOTS_TIMEOUT_MS),
    maxImageBytes: MAX_ROBOTS_BYTES,
    bytes,
    growth: new BodyGrowth(bytes),
    isCut: true,
    disallowedDirectives: new Set(),
    honourTdmReservation: false,
  };
  const robots = createRobots({
    agents: [agent, ...(options.userAgentToken ? [options.userAgentToken] : [])],
    fetch: async (url, signal) => {
      // A block list can name the robots.txt itself.
      const listed = blockListed(url, settings.target);
      return listed ? { ok: false, failure: listed, elapsedMs: 0, isAsked: false } : await attempt(url, signal, ofRobots);
    },
  });
  return { ...settings, robotsRefusal: robots.refusal };
}

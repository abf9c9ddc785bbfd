// The fetcher: takes the URL of a sample, returns its bytes or the reason why there are none.
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

/** How images are downloaded. Options with a default may be left out. */
export interface FetchOptions {
  /** Longest silence of a server in milliseconds: while connecting, before the head, between pieces. Default 10,000. */
  readonly timeoutMs?: number;
  /** Longest time in milliseconds for one attempt with its redirects, without waits for memory. Default 30,000. */
  readonly totalTimeoutMs?: number;
  /** Further attempts after a retryable failure. Default 0. */
  readonly retries?: number;
  /** Largest body in bytes, on the wire and decompressed. Default 32 MiB. */
  readonly maxImageBytes?: number;
  /** Attempts under way at once. */
  readonly maxInFlight: number;
  /**
   * Connections that the process may have open at once, if its limit of open files is low. Connections are kept alive while fewer than a
   * quarter of these are open.
   */
  readonly maxConnections?: number;
  /** Bytes of bodies in memory. A successful result holds its share until it is released. */
  readonly bytes: Budget;
  /** Attempts, and connections, to one host at once; fewer while the host is in distress. Default 6, as in browsers. */
  readonly connectionsPerHost?: number;
  /** Lets URLs lead to any address and port. Default false. */
  readonly allowPrivateNetwork?: boolean;
  /** Ports allowed beside those of the web. */
  readonly allowedPorts?: readonly number[];
  /** DNS servers as "ADDRESS" or "ADDRESS:PORT"; without any, the system's. */
  readonly dnsServers?: readonly string[];
  /** Proxies to go through. Addresses are looked up and checked nevertheless. */
  readonly proxies?: Proxies;
  /**
   * X-Robots-Tag directives that refuse a download. Default noai, noimageai, noindex, noimageindex; an empty list switches the check off.
   */
  readonly disallowedDirectives?: readonly string[];
  /** Refuses responses with the header `tdm-reservation: 1`. Default true. */
  readonly honourTdmReservation?: boolean;
  /** Whether robots.txt is read and obeyed. Default obey. */
  readonly robots?: "obey" | "ignore";
  /** Why a URL must not be requested, such as `host example.com`. Asked once for every hop. */
  readonly blocks?: (url: URL) => string | undefined;
  /** The User-Agent header. Its first word up to a slash is the name that X-Robots-Tag and robots.txt may address. */
  readonly userAgent: string;
  /** A further name that rules may address, in lower case. */
  readonly userAgentToken?: string;
  /** Accepts any certificate. Default false. */
  readonly insecureTls?: boolean;
  /** Uniform in [0, 1), for the jitter of retries. Default Math.random. */
  readonly random?: () => number;
  /** Opens connections to checked addresses in place of undici; tests listen here. */
  readonly open?: buildConnector.connector;
}

/** The result of a download. `attempts` is 0 if the URL itself was refused; `elapsedMs` is the time spent in attempts, without waits. */
export type FetchResult = { readonly attempts: number; readonly elapsedMs: number } & (
  | {
      readonly ok: true;
      readonly body: Buffer;
      readonly httpStatus: number;
      readonly contentType?: string;
      /** Returns the body's bytes to the budget, once. Call it when the sample is done. */
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
  /** Whether the name servers answer for a host now; undefined if they are not asked for such a host. */
  askNameAnew(host: string): Promise<boolean | undefined>;
  /** Parses and checks a URL. A target from an earlier call is returned unchanged. */
  target(url: string | null | FetchTarget): FetchTarget;
  /** Resolves with bytes or a failure. Rejects with the signal's reason as soon as it aborts, and otherwise only for a defect. */
  fetch(url: string | null | FetchTarget, signal: AbortSignal): Promise<FetchResult>;
  /** Closes all connections. Downloads under way reject. */
  close(): Promise<void>;
}

const DEFAULT_MAX_IMAGE_BYTES = 32 * 2 ** 20;
/** Images of a host share one connection until one of them has waited this long. */
const NEW_CONNECTION_DELAY_MS = 250;
/** A robots.txt must not use up the whole deadline of its first image. */
const ROBOTS_TIMEOUT_MS = 10_000;

/** Creates a fetcher. Throws if the address of a DNS server cannot be read. */
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
  // Every fetch awaits the guard, and so reports its rejection.
  guard.catch(() => undefined);
  const limit = new KeepAliveLimit((options.maxConnections ?? Number.POSITIVE_INFINITY) / 4);
  const agent = createAgent({
    connect: limit.counting(connector),
    connections: connectionsPerHost,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // An empty header counts one byte and takes over 200 bytes of memory: 256 heads of them hold 0.9 GB. At four times this size they would
    // hold 2.5 GB.
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
  // A robots.txt is often tagged noindex, which says nothing about the pictures.
  // It has a budget of its own, because an image whose clock runs must not wait for the memory of others.
  const bytes = new Budget(16 * 2 ** 20);
  const robotsSettings: AttemptSettings = {
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
      return listed ? { ok: false, failure: listed, elapsedMs: 0, isAsked: false } : await attempt(url, signal, robotsSettings);
    },
  });
  return { ...settings, robotsRefusal: robots.refusal };
}

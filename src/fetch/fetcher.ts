// Fetch, the face of this folder: one URL of a sample in, its bytes or the reason why there are none out.
import { setMaxListeners } from "node:events";
import { Agent } from "undici";
import { Budget } from "../core/budget.ts";
import { type Failure, OUTCOMES } from "../core/outcome.ts";
import { type AttemptSettings, attempt } from "./attempt.ts";
import { retryDelayMs } from "./backoff.ts";
import { assertGuard, createConnector } from "./connector.ts";
import { DEFAULT_DISALLOWED_DIRECTIVES } from "./directives.ts";
import { HostTurns } from "./host-turns.ts";
import { createResolver } from "./resolver.ts";
import { parseTarget } from "./target-url.ts";

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
  /** Bytes of bodies in memory; a successful result holds its share until it is released. */
  readonly bytes: Budget;
  /** Attempts, and connections, to one host at once. Default 6, as browsers. */
  readonly connectionsPerHost?: number;
  /** Lets URLs lead to any address and port. Default false. */
  readonly allowPrivateNetwork?: boolean;
  /** DNS servers as "ADDRESS" or "ADDRESS:PORT"; none means the system's. */
  readonly dnsServers?: readonly string[];
  /** X-Robots-Tag directives that refuse a download. Default noai, noimageai, noindex, noimageindex; an empty list switches it off. */
  readonly disallowedDirectives?: readonly string[];
  /** Refuses where the header `tdm-reservation: 1` is given. Default true. */
  readonly honourTdmReservation?: boolean;
  /** The User-Agent header; its first word up to a slash is the name that X-Robots-Tag rules may address. */
  readonly userAgent: string;
  /** A further name that rules may address, lower case. */
  readonly userAgentToken?: string;
  /** Takes any certificate. Default false. */
  readonly insecureTls?: boolean;
  /** Uniform in [0, 1), for the jitter of retries. Default Math.random. */
  readonly random?: () => number;
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
  /** Resolves with bytes or a failure. Rejects with the signal's reason as soon as it aborts, and otherwise only for a defect. */
  fetch(url: string | null, signal: AbortSignal): Promise<FetchResult>;
  /** Closes all connections; what is under way rejects. */
  close(): Promise<void>;
}

const DEFAULT_MAX_IMAGE_BYTES = 32 * 2 ** 20;

/** Creates a fetcher. Throws where a DNS server's address cannot be read. */
export function createFetcher(options: FetchOptions): Fetcher {
  const { timeoutMs = 10_000, connectionsPerHost = 6, allowPrivateNetwork = false, dnsServers = [], insecureTls = false } = options;
  const { retries = 0, random = Math.random } = options;
  // Both tries (c-ares doubles the second's time) end within the time for a connection.
  const resolver = createResolver({ servers: dnsServers, queryTimeoutMs: Math.ceil(timeoutMs / 4) });
  const connector = createConnector({ resolver, allowPrivateNetwork, timeoutMs, insecureTls });
  const guard = allowPrivateNetwork ? Promise.resolve() : assertGuard(connector);
  // Every fetch awaits it, and so reports its rejection.
  guard.catch(() => undefined);
  const agent = new Agent({
    connect: connector,
    connections: connectionsPerHost,
    pipelining: 1,
    // Most hosts are met once: their connections must not pile up.
    keepAliveTimeout: 1000,
    keepAliveMaxTimeout: 4000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: 16 * 1024,
    allowH2: false,
  });
  const slots = new Budget(options.maxInFlight);
  const hosts = new HostTurns(connectionsPerHost);
  const settings = attemptSettings(options, agent);

  const attemptInSlot = async (url: URL, signal: AbortSignal) => {
    const endTurn = await hosts.take(url.hostname, signal);
    try {
      await slots.reserve(1, signal);
      try {
        return await attempt(url, signal, settings);
      } finally {
        slots.release(1);
      }
    } finally {
      endTurn();
    }
  };

  return {
    get inFlight() {
      return slots.used;
    },
    async fetch(url, signal) {
      signal.throwIfAborted();
      // One signal serves all downloads of a run; Node takes more than ten listeners for a leak.
      setMaxListeners(0, signal);
      const target = parseTarget(url, { allowPrivateNetwork });
      if (!(target instanceof URL)) return { ok: false, failure: target, attempts: 0, elapsedMs: 0 };
      await guard;
      let elapsedMs = 0;
      for (let attempts = 1; ; attempts++) {
        const { elapsedMs: attemptMs, ...result } = await attemptInSlot(target, signal);
        elapsedMs += attemptMs;
        if (result.ok) return { ...result, attempts, elapsedMs };
        const { retryAfter, ...failed } = result;
        const mayRetry = attempts <= retries && OUTCOMES[failed.failure.code].retryable;
        const delayMs = mayRetry ? retryDelayMs({ retry: attempts, retryAfter, nowMs: Date.now(), random }) : undefined;
        if (delayMs === undefined) return { ...failed, attempts, elapsedMs };
        await pause(delayMs, signal);
      }
    },
    async close() {
      resolver.close();
      await agent.destroy();
    },
  };
}

function attemptSettings(options: FetchOptions, dispatcher: Agent): AttemptSettings {
  const directives = options.disallowedDirectives ?? DEFAULT_DISALLOWED_DIRECTIVES;
  return {
    dispatcher,
    headers: {
      "user-agent": options.userAgent,
      accept: "image/avif,image/webp,image/png,image/jpeg,image/gif,image/*;q=0.8,*/*;q=0.5",
      "accept-encoding": "identity",
    },
    totalTimeoutMs: options.totalTimeoutMs ?? 30_000,
    maxImageBytes: options.maxImageBytes ?? DEFAULT_MAX_IMAGE_BYTES,
    bytes: options.bytes,
    allowPrivateNetwork: options.allowPrivateNetwork ?? false,
    disallowedDirectives: new Set(directives.map((directive) => directive.trim().toLowerCase()).filter(Boolean)),
    honourTdmReservation: options.honourTdmReservation ?? true,
    agent: (options.userAgent.split(/[/\s]/, 1)[0] ?? "").toLowerCase(),
    ...(options.userAgentToken === undefined ? {} : { token: options.userAgentToken }),
  };
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

// A fetcher with any options and a scripted server on loopback, fresh for each test.
import { afterEach, beforeEach } from "vitest";
import { Budget } from "../../../src/core/budget.ts";
import { createFetcher, type Fetcher, type FetchOptions, type FetchResult } from "../../../src/fetch/fetcher.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "./scripted-server.ts";

/** A signal that never aborts. */
export const never = new AbortController().signal;
/** The server of the current test. */
export let server: ScriptedServer;
/** The memory that its bodies may take. */
export let bytes: Budget;
const fetchers: Fetcher[] = [];

/**
 * Starts a server before each test of the calling file, and ends it and all fetchers after the test. Files share this module, but
 * not hooks.
 */
export function serveEachTest(): void {
  beforeEach(async () => {
    server = await startScriptedServer();
    bytes = new Budget(1_000_000);
  });
  afterEach(async () => {
    await Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close()));
    await server.close();
  });
}

/** Gives the bodies of this test another budget. */
export function setBytes(budget: Budget): void {
  bytes = budget;
}

/** A fetcher that is closed after the test. */
export function fetcherWith(options: Partial<FetchOptions> = {}): Fetcher {
  const defaults = {
    // Long enough for a busy machine. Tests of time-outs set shorter ones.
    timeoutMs: 5000,
    totalTimeoutMs: 10_000,
    maxInFlight: 4,
    allowPrivateNetwork: true,
    robots: "ignore" as const,
    userAgent: "prep/0.1.0 (+test)",
    random: () => 0.999,
  };
  const fetcher = createFetcher({ ...defaults, bytes, ...options });
  fetchers.push(fetcher);
  return fetcher;
}

/** The code of a failure, or success. */
export const outcomeOf = (result: FetchResult) => (result.ok ? "success" : result.failure.code);

/** Fetches one URL that the server answers with these steps. */
export async function fetchStep(step: Step | readonly Step[], options: Partial<FetchOptions> = {}): Promise<FetchResult> {
  server.route("/a.jpg", step);
  return await fetcherWith(options).fetch(server.url("/a.jpg"), never);
}

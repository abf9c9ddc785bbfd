// Fetches and caches each host's robots.txt, through the same guard as every image.
import { untilAborted } from "../../core/on-abort.ts";
import { type Failure, type FailureCode, failure } from "../../core/outcome.ts";
import type { AttemptResult } from "../attempt.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { ALLOW_ALL, parseRobots, type RobotsRules } from "./robots-rules.ts";

/** Bytes of a robots.txt that are read; RFC 9309 wants 500 KiB at least. */
export const MAX_ROBOTS_BYTES = 512_000;

/** How robots.txt files are obeyed. */
export interface RobotsOptions {
  /** The lower-case product tokens that address us, such as `prep`. */
  readonly agents: readonly string[];
  /** Fetches a robots.txt, cut at `MAX_ROBOTS_BYTES`, under a deadline of its own. Rejects with the signal's reason. */
  readonly fetch: (url: URL, signal: AbortSignal) => Promise<AttemptResult>;
  /** Characters of rules kept, with 600 more for each host. Default 32 Mi. */
  readonly maxCachedSize?: number;
}

/** Says whether sites let us fetch their URLs. */
export interface Robots {
  /**
   * Undefined if the URL may be fetched. Else `robots_disallowed`; `robots_unavailable` if the site answers but its robots.txt
   * does not (5xx, 429, broken: RFC 9309 2.3.1.4); or the failure to reach the site, which the image would meet too. Rejects with
   * the reason of `deadline` if that aborts first. `signal` ends the request itself, which other images may wait for as well.
   */
  refusal(url: URL, deadline: AbortSignal, signal: AbortSignal): Promise<Failure | undefined>;
}

type Verdict = { readonly rules: RobotsRules } | { readonly failure: Failure };

const HOST_SIZE = 600;
const RULES_LIFETIME_MS = 24 * 3_600_000;
const FAILURE_LIFETIME_MS = 60_000;

/** Answers that mean "there are no rules": RFC 9309 2.3.1.2 and 2.3.1.3. */
const NO_RULES: ReadonlySet<FailureCode> = new Set([
  ...(["http_401", "http_403", "http_404", "http_410", "http_4xx", "http_other", "empty_body"] as const),
  ...(["bad_redirect", "unsupported_scheme", "url_with_login"] as const),
]);

/** Creates the check with its own cache. */
export function createRobots(options: RobotsOptions): Robots {
  const cache = new ExpiringCache<Verdict>(options.maxCachedSize ?? 32 * 2 ** 20);
  const underWay = new Map<string, Promise<Verdict>>();

  const ask = async (origin: string, signal: AbortSignal): Promise<Verdict> => {
    try {
      const verdict = verdictOf(await options.fetch(new URL("/robots.txt", origin), signal), options.agents);
      if ("rules" in verdict) cache.set(origin, verdict, RULES_LIFETIME_MS, HOST_SIZE + verdict.rules.size);
      // A host that cannot be reached is tried again by its next image, as it would be without robots.txt.
      else if (verdict.failure.code === "robots_unavailable") cache.set(origin, verdict, FAILURE_LIFETIME_MS, HOST_SIZE);
      return verdict;
    } finally {
      underWay.delete(origin);
    }
  };

  const verdictFor = async (origin: string, deadline: AbortSignal, signal: AbortSignal): Promise<Verdict> => {
    for (;;) {
      const known = cache.get(origin);
      if (known) return known;
      const others = underWay.get(origin);
      const asked = others ?? ask(origin, signal);
      underWay.set(origin, asked);
      try {
        return await untilAborted(asked, deadline);
      } catch (error) {
        // The image that asked for all was stopped, so another one asks.
        if (deadline.aborted || !others) throw error;
      }
    }
  };

  return {
    refusal: async (url, deadline, signal) => {
      const verdict = await verdictFor(url.origin, deadline, signal);
      if ("failure" in verdict) return verdict.failure;
      return verdict.rules.allows(url.pathname + url.search) ? undefined : failure("robots_disallowed");
    },
  };
}

function verdictOf(result: AttemptResult, agents: readonly string[]): Verdict {
  if (result.ok) {
    const rules = parseRobots(result.body.toString("utf8"), ...agents);
    result.release();
    return { rules };
  }
  const { code, detail } = result.failure;
  if (NO_RULES.has(code)) return { rules: ALLOW_ALL };
  // Without a response's head the site fails, not its robots.txt. With one the site has answered, if only by a redirect to
  // another site that fails.
  if (result.httpStatus === undefined) return { failure: result.failure };
  return { failure: failure("robots_unavailable", `${code}${detail ? `: ${detail}` : ""}`) };
}

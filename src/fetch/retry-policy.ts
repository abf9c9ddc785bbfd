// Retry policy: which failures are tried again, how often, and how long each retry waits.
import { type FailureCode, OUTCOMES } from "../core/outcome.ts";

/** Longest wait in milliseconds that a Retry-After may ask for; a host that asks for more is not asked again. */
export const MAX_RETRY_AFTER_MS = 60_000;

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;

/** What the decision about a retry depends on. */
export interface RetryInput {
  /** How the last attempt failed; only retryable outcomes are tried again. */
  readonly code: FailureCode;
  /** Which retry is next, from 1. */
  readonly retry: number;
  readonly maxRetries: number;
  /** The value of the Retry-After header: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** Wall clock in milliseconds, for dates. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Milliseconds to wait before the next attempt, undefined if there is none. The wait is 1 s, doubled with every retry up to 30 s,
 * less a random part of up to half. It is never less than Retry-After asks for; if that is over 60 s there is no retry.
 */
export function retryDelayMs({ code, retry, maxRetries, retryAfter, nowMs, random }: RetryInput): number | undefined {
  if (retry > maxRetries || !OUTCOMES[code].retryable) return undefined;
  const ceilingMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (retry - 1));
  const delayMs = Math.round(ceilingMs * (1 - random() / 2));
  const askedMs = retryAfterMs(retryAfter, nowMs);
  return askedMs > MAX_RETRY_AFTER_MS ? undefined : Math.max(delayMs, askedMs);
}

/** Milliseconds that a Retry-After header asks for; 0 without a header and for one that cannot be read. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}

// Fetch, between attempts: how long to wait before the next one.

/** Longest wait that a Retry-After may ask for; who asks for more is not asked again. */
export const MAX_RETRY_AFTER_MS = 60_000;

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;

/** What a wait depends on. */
export interface BackoffInput {
  /** Which retry is next, from 1. */
  readonly retry: number;
  /** The header's value: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** Wall clock, for dates. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Milliseconds to wait: 1 s doubled with every retry up to 30 s, of which a random half is taken off, and never less than
 * Retry-After asks for. Undefined where that is more than 60 s.
 */
export function retryDelayMs(input: BackoffInput): number | undefined {
  const ceilingMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (input.retry - 1));
  const delayMs = Math.round(ceilingMs * (1 - input.random() / 2));
  const askedMs = retryAfterMs(input.retryAfter, input.nowMs);
  return askedMs > MAX_RETRY_AFTER_MS ? undefined : Math.max(delayMs, askedMs);
}

/** Milliseconds that a Retry-After header asks for; 0 for none and for one that cannot be read. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}

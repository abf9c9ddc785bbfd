// Tells whether to repeat a request to the hub, and how long to wait first.

/** Attempts without progress before a fetch gives up. The same command continues it. */
export const MAX_ATTEMPTS = 8;

/** The longest Retry-After that is obeyed. After a longer one, this start makes no further attempt. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** Time and chance, for waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason when it aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Whether a later request may succeed after this status. */
export function isTemporary(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * Milliseconds to wait before attempt `failures + 1`: half a second, doubled for each failure up to a minute, then shortened at
 * random by up to half. Never less than Retry-After (seconds or a date) asks for. Undefined if no further attempt should be made.
 */
export function delayMs(failures: number, retryAfter: string | null, clock: Pick<Clock, "now" | "random">): number | undefined {
  if (failures >= MAX_ATTEMPTS) return undefined;
  const own = Math.min(60_000, 500 * 2 ** (failures - 1)) * (1 - clock.random() / 2);
  const text = retryAfter?.trim() ?? "";
  const date = /[a-z]/i.test(text) ? Date.parse(text) - clock.now() : Number.NaN;
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Number.isNaN(date) ? 0 : date;
  return asked > MAX_RETRY_AFTER_MS ? undefined : Math.round(Math.max(own, asked));
}

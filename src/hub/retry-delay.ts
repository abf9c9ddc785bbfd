// Between two requests to the hub: whether another one makes sense, and how long to wait before it.

/** Attempts without any progress before the fetch gives up; the same command continues it. */
export const MAX_ATTEMPTS = 8;

/** The longest wait that a Retry-After may ask for; who asks for more is not asked again in this start. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** What waiting needs of the world. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Statuses that another time may answer otherwise. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * Milliseconds before attempt `failures + 1`: half a second doubled up to a minute, of which a random half is taken off, and never
 * less than Retry-After (seconds or a date) asks for. Undefined where nothing more should be tried.
 */
export function delayMs(failures: number, retryAfter: string | null, clock: Pick<Clock, "now" | "random">): number | undefined {
  if (failures >= MAX_ATTEMPTS) return undefined;
  const own = Math.min(60_000, 500 * 2 ** (failures - 1)) * (1 - clock.random() / 2);
  const text = retryAfter?.trim() ?? "";
  const date = /[a-z]/i.test(text) ? Date.parse(text) - clock.now() : Number.NaN;
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Number.isNaN(date) ? 0 : date;
  return asked > MAX_RETRY_AFTER_MS ? undefined : Math.round(Math.max(own, asked));
}

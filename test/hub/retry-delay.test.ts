// Delays between requests to the hub.
import { expect, it } from "vitest";
import { delayMs, MAX_ATTEMPTS, MAX_RETRY_AFTER_MS } from "../../src/hub/retry-delay.ts";

const clock = { now: () => Date.UTC(2026, 0, 1), random: () => 0 };

it("waits twice as long after each failure, at most a minute, and gives up in the end", () => {
  const delays = Array.from({ length: MAX_ATTEMPTS }, (_, index) => delayMs(index + 1, null, clock));
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, undefined]);
  expect(delayMs(1, null, { ...clock, random: () => 0.999 })).toBe(250);
});

it("waits as long as Retry-After asks, in seconds or as a date, but at most five minutes", () => {
  expect(delayMs(1, "17", clock)).toBe(17_000);
  expect(delayMs(1, "Thu, 01 Jan 2026 00:00:09 GMT", clock)).toBe(9000);
  expect(delayMs(1, "soon", clock)).toBe(500);
  expect(delayMs(1, String(MAX_RETRY_AFTER_MS / 1000 + 1), clock)).toBeUndefined();
});

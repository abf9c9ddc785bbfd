// Retry policy: which failures are retried, and how long a retry waits.
import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../src/core/outcome.ts";
import { retryDelayMs } from "../../src/fetch/retry-policy.ts";

const NOW = Date.parse("Thu, 01 Jan 2026 00:00:00 GMT");
const decide = (code: FailureCode, retry: number, maxRetries: number, retryAfter?: string, random = 0) =>
  retryDelayMs({ code, retry, maxRetries, retryAfter, nowMs: NOW, random: () => random });
const delay = (retry: number, retryAfter?: string, random = 0) => decide("http_5xx", retry, 100, retryAfter, random);

describe("retryDelayMs", () => {
  it("retries as often as asked, and only outcomes that may end otherwise", () => {
    expect([1, 2, 3].map((retry) => decide("timeout", retry, 2) !== undefined)).toEqual([true, true, false]);
    expect(decide("http_404", 1, 2)).toBeUndefined();
  });

  it("doubles the delay from 1 s up to 30 s", () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((retry) => delay(retry))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it("takes a random part of up to half off", () => {
    expect(delay(1, undefined, 0.5)).toBe(750);
    expect(delay(1, undefined, 0.999_999)).toBe(500);
  });

  it("waits as long as Retry-After asks, in seconds or to a date", () => {
    expect(delay(1, "7")).toBe(7000);
    expect(delay(1, " 60 ")).toBe(60_000);
    expect(delay(1, "Thu, 01 Jan 2026 00:00:30 GMT")).toBe(30_000);
  });

  it("gives up if Retry-After asks for more than a minute", () => {
    expect(delay(1, "61")).toBeUndefined();
    expect(delay(1, "99999999999999999999")).toBeUndefined();
    expect(delay(1, "Thu, 01 Jan 2026 00:01:01 GMT")).toBeUndefined();
  });

  it.each(["", "0", "-5", "soon", "1.5", "Wed, 31 Dec 2025 00:00:00 GMT"])("keeps its own delay for Retry-After %j", (value) =>
    expect(delay(2, value)).toBe(2000),
  );
});

// How long a retry waits.
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../src/fetch/retry-policy.ts";

const NOW = Date.parse("Thu, 01 Jan 2026 00:00:00 GMT");
const delay = (retry: number, retryAfter?: string, random = 0) => retryDelayMs({ retry, retryAfter, nowMs: NOW, random: () => random });

describe("retryDelayMs", () => {
  it("doubles from 1 s up to 30 s", () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((retry) => delay(retry))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it("takes a random half off", () => {
    expect(delay(1, undefined, 0.5)).toBe(750);
    expect(delay(1, undefined, 0.999_999)).toBe(500);
  });

  it("waits as long as Retry-After asks, in seconds or to a date", () => {
    expect(delay(1, "7")).toBe(7000);
    expect(delay(1, " 60 ")).toBe(60_000);
    expect(delay(1, "Thu, 01 Jan 2026 00:00:30 GMT")).toBe(30_000);
  });

  it("gives up where Retry-After asks for more than a minute", () => {
    expect(delay(1, "61")).toBeUndefined();
    expect(delay(1, "99999999999999999999")).toBeUndefined();
    expect(delay(1, "Thu, 01 Jan 2026 00:01:01 GMT")).toBeUndefined();
  });

  it.each(["", "0", "-5", "soon", "1.5", "Wed, 31 Dec 2025 00:00:00 GMT"])("keeps its own delay for Retry-After %j", (value) =>
    expect(delay(2, value)).toBe(2000),
  );
});

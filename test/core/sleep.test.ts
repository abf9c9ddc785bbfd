// Waits that end with the run.
import { getEventListeners } from "node:events";
import { expect, it, vi } from "vitest";
import { sleep } from "../../src/core/sleep.ts";

it("ends after its time; all waits share one listener, and none is left", async () => {
  vi.useFakeTimers();
  try {
    const { signal } = new AbortController();
    let ended = 0;
    const waits = Array.from({ length: 100 }, (_, index) =>
      sleep(index < 50 ? 500 : 1000, signal).then(() => {
        ended += 1;
      }),
    );
    // Node warns on stderr of a leak at more than ten listeners of a signal.
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(ended).toBe(50);
    await vi.advanceTimersByTimeAsync(500);
    await Promise.all(waits);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  } finally {
    vi.useRealTimers();
  }
});

it("ends when the signal aborts, or has aborted, and leaves no timer", async () => {
  vi.useFakeTimers();
  try {
    const stop = new AbortController();
    const waiting = sleep(60_000, stop.signal);
    stop.abort();
    await waiting;
    await sleep(60_000, stop.signal);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

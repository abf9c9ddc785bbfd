// Progress in words: rows, rates, time left and reasons of failures.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { downloadLeft, downloadText, FetchRate, rateText, reasonsText, SelectionRate } from "../../../src/cli/display/rate.ts";
import type { RunEvent } from "../../../src/job/events.ts";

type Progress = RunEvent & { event: "download_progress" };

const progress = (changes: Partial<Progress> = {}): Progress =>
  ({ event: "download_progress", rows: 4567, rowsDone: 123, rowsPacked: 107, outcomes: {}, ...changes }) as Progress;

describe("the progress of a download", () => {
  it("says rows, rate, share of successes and bytes a second", () => {
    expect(downloadText(progress({ rowsPerSecond: 12.34, bytesPerSecond: 8_100_000 }))).toBe(
      "123 of 4,567 rows, 12 rows/s, 87.0 % ok, 8.10 MB/s",
    );
    expect(downloadText(progress({ rowsPerSecond: 1.26 }))).toContain(" 1.3 rows/s,");
  });

  it("says question marks as long as the rate is unknown", () => {
    expect(rateText({})).toBe("? rows/s, ? left");
  });

  it("says only the rows done if the number of all rows is unknown, as in a repair", () => {
    expect(downloadText(progress({ rows: 0, rowsDone: 1, rowsPacked: 1 }))).toMatch(/^1 row, /);
  });

  it("says the time left, that it is paused, or nothing at the end", () => {
    expect(downloadLeft(progress({ secondsLeft: 123 }))).toBe("2 min 03 s left");
    expect(downloadLeft(progress({ secondsLeft: 123, isPaused: true }))).toBe("paused");
    expect(downloadLeft(progress({ rowsDone: 4567 }))).toBe("");
  });

  it("names the two most frequent reasons of failures as shares of the rows done", () => {
    const outcomes = { success: 90, timeout: 1, http_404: 8, dns_not_found: 2 };
    expect(reasonsText(progress({ rowsDone: 100, outcomes }))).toBe("http_404 8.0 %, dns_not_found 2.0 %");
    expect(reasonsText(progress({ outcomes: { success: 3 } }))).toBe("");
  });
});

describe("the progress over several steps", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("grows over the phases of a selection and extrapolates the time left", () => {
    const rate = new SelectionRate();
    expect(rate.left).toBe("? left");
    rate.begin({ event: "selection_started", rows: 1000 } as RunEvent);
    vi.advanceTimersByTime(10_000);
    const follow = (phase: string, percentage: number) =>
      rate.follow({ event: "selection_progress", phase, percentage, spilledBytes: 2e9 } as RunEvent & { event: "selection_progress" });
    expect([follow("count", 100), follow("shuffle", 20), follow("write", 0), follow("write", 250)]).toEqual([5, 20, 80, 100]);
    follow("shuffle", 20);
    expect(rate.left).toBe("40.0 s left");
    expect(rate.text()).toBe("shuffle, 20 rows/s, 2.00 GB spilled");
  });

  it("counts only bytes of this start in the rate of a fetch that continues", () => {
    const rate = new FetchRate();
    rate.follow({ event: "fetch_started", files: 4, filesDone: 1, bytes: 1000e6, bytesDone: 400e6 } as RunEvent);
    vi.advanceTimersByTime(10_000);
    expect([rate.left, rate.share]).toEqual(["? left", 0.4]);
    rate.follow({ event: "fetch_progress", files: 2, bytes: 700e6 } as RunEvent);
    expect(rate.text()).toBe("2 of 4 files, 700 MB of 1.00 GB, 30.0 MB/s");
    expect(rate.left).toBe("10.0 s left");
  });
});

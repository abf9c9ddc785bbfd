// Speed and time left, from marks of clocks that the test sets.
import { describe, expect, it } from "vitest";
import { Pace, reckon } from "../../src/core/progress-speed.ts";

/** Marks of a constant number of rows each second. */
function paced(pace: Pace, seconds: number, rate: number, startMs = 0, startRows = 0): void {
  for (let row = 1; row <= seconds * rate; row++) pace.mark(startMs + (1000 * row) / rate, startRows + row, 10 * (startRows + row));
}

describe("the reckoning", () => {
  it("knows nothing before the first row has ended", () => {
    expect(reckon([], 10, 1000)).toEqual({});
    expect(reckon([new Pace(0).marks], 10, 1000)).toEqual({});
  });

  it("is the rate of the last minute while more rows remain than were done in it", () => {
    const pace = new Pace(0);
    paced(pace, 300, 1);
    paced(pace, 100, 20, 300_000, 300);
    const { rowsPerSecond, secondsLeft, bytesPerSecond } = reckon([pace.marks], 40_000, 400_000);
    expect(rowsPerSecond).toBeCloseTo(20, 0);
    expect(secondsLeft).toBeCloseTo(2000, -1);
    expect(bytesPerSecond).toBeCloseTo(200, 0);
  });

  it("grows while only slow rows are left after fast ones", () => {
    const pace = new Pace(0);
    paced(pace, 30, 300);
    const left = [1, 10, 20, 40, 80].map((silence) => reckon([pace.marks], 5, 30_000 + 1000 * silence).secondsLeft ?? 0);
    expect(left).toEqual([...left].sort((one, other) => one - other));
    for (const [index, silence] of [1, 10, 20, 40, 80].entries()) expect(left[index]).toBeCloseTo(silence, 0);
  });

  it("shrinks again when slow rows end", () => {
    const pace = new Pace(0);
    paced(pace, 30, 300);
    for (let row = 1; row <= 8; row++) pace.mark(30_000 + 5000 * row, 9000 + row, 0);
    // Two of ten slow rows remain, one every five seconds.
    expect(reckon([pace.marks], 2, 70_000).secondsLeft).toBeCloseTo(10, 0);
  });

  it("adds up processes whose marks are at different times", () => {
    const one = new Pace(0);
    const other = new Pace(500);
    paced(one, 40, 5);
    paced(other, 40, 10, 500);
    expect(reckon([one.marks, other.marks], 1e6, 40_500).rowsPerSecond).toBeCloseTo(15, 0);
  });

  it("ends at nothing, and ignores a clock that is behind the marks", () => {
    const pace = new Pace(0);
    paced(pace, 10, 10);
    expect(reckon([pace.marks], 0, 10_000).secondsLeft).toBe(0);
    expect(reckon([pace.marks], 50, -1e6)).toEqual(reckon([pace.marks], 50, 10_000));
  });

  it("keeps few marks however much is done", () => {
    const pace = new Pace(0);
    paced(pace, 600, 50);
    expect(pace.marks.length).toBeLessThan(40);
  });
});

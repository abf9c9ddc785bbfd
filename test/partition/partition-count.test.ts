// The default number of partitions, and the shards that a plan makes of them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planShards, shardSizes } from "../../src/output/plans/shard-plan.ts";
import { defaultPartitions } from "../../src/partition/partition-count.ts";
import { equalSlice } from "../../src/partition/slices.ts";

/** The plan of stage two for a selection with this number of rows. */
function planOf(rows: number, parts: number, samplesPerShard: number) {
  const files = Array.from({ length: parts }, (_, index) => {
    const { start, end } = equalSlice(rows, parts, index);
    return { path: `part-${index}`, rows: end - start };
  });
  return planShards(files, samplesPerShard, true);
}

const sizes = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20_000 }));
const rowsOf = fc.oneof(
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 1, max: 10_000_000 }),
  fc.integer({ min: 1, max: 5_000_000_000 }),
);

describe("the default number of partitions", () => {
  it("leaves no partition empty and makes no shard larger than requested", () => {
    fc.assert(
      fc.property(rowsOf, sizes, (rows, size) => {
        const parts = defaultPartitions(rows, size);
        const plan = planOf(rows, parts, size);
        expect(parts).toBeGreaterThanOrEqual(1);
        expect(parts).toBeLessThanOrEqual(128);
        expect(Math.min(...plan.inputs.map((input) => input.rows))).toBeGreaterThan(0);
        expect(shardSizes(plan).largest).toBeLessThanOrEqual(size);
      }),
      { numRuns: 500 },
    );
  });

  it("makes the fewest shards possible up to 128, whose sizes differ by at most one row", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 128 }), fc.nat(), (size, shards, less) => {
        const rows = size * shards - (less % size);
        const plan = planOf(rows, defaultPartitions(rows, size), size);
        expect(plan.shards).toBe(shards);
        const { smallest, largest } = shardSizes(plan);
        expect(largest - smallest).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("makes at most 1 % more shards than the best number from 64 to 128", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 129, max: 40_000 }), fc.nat(), (size, shards, less) => {
        const rows = size * shards - (less % size);
        const parts = defaultPartitions(rows, size);
        const found = planOf(rows, parts, size).shards;
        const others = Array.from({ length: 65 }, (_, index) => planOf(rows, 64 + index, size).shards);
        expect(parts).toBeGreaterThanOrEqual(64);
        expect(found).toBeLessThanOrEqual(1.01 * Math.min(...others));
      }),
    );
  });

  it.each([
    [14_458, 1000, 15, 963, 964],
    [1, 10_000, 1, 1, 1],
    [10_000, 10_000, 1, 10_000, 10_000],
    [10_001, 10_000, 2, 5000, 5001],
    [1_280_000, 10_000, 128, 10_000, 10_000],
    [1_290_000, 10_000, 65, 9923, 9924],
    [2_320_000_000, 10_000, 128, 9997, 9998],
  ])("%i rows with %i a shard become %i partitions, with shards of %i to %i rows", (rows, size, parts, smallest, largest) => {
    expect(defaultPartitions(rows, size)).toBe(parts);
    expect(shardSizes(planOf(rows, parts, size))).toEqual({ smallest, largest });
  });
});

// The plan of shards: every row is in one shard, and sizes are as promised.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planShards, shardSizes, shardSlice, taskCount, taskShards } from "../../../src/output/plans/shard-plan.ts";

const files = fc.array(fc.record({ path: fc.string(), rows: fc.nat(5000) }), { minLength: 1, maxLength: 20 });

describe("the shard plan", () => {
  it("gives every row of every file to exactly one shard, in order, for both ways of cutting", () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 700 }), fc.boolean(), (inputs, samplesPerShard, isEqualCut) => {
        const plan = planShards(inputs, samplesPerShard, isEqualCut);
        let shard = 0;
        for (const { path, rows } of inputs) {
          for (let row = 0; row < rows; shard++) {
            const slice = shardSlice(plan, shard);
            expect(slice).toMatchObject({ shard, path, firstRow: row });
            expect(slice.rows).toBeGreaterThan(0);
            expect(slice.rows).toBeLessThanOrEqual(samplesPerShard);
            row += slice.rows;
          }
        }
        expect(plan.shards).toBe(shard);
        const sizes = Array.from({ length: shard }, (_, index) => shardSlice(plan, index).rows);
        if (shard > 0) expect(shardSizes(plan)).toEqual({ smallest: Math.min(...sizes), largest: Math.max(...sizes) });
        else expect(() => shardSizes(plan)).toThrow(RangeError);
        expect(() => shardSlice(plan, shard)).toThrow(RangeError);
      }),
    );
  });

  it("cuts prep's partitions into equal shards, and other files as img2dataset does", () => {
    const rows = [{ path: "a", rows: 25_000 }];
    const sizes = (isEqualCut: boolean) => [0, 1, 2].map((shard) => shardSlice(planShards(rows, 10_000, isEqualCut), shard).rows);
    expect(sizes(true)).toEqual([8333, 8333, 8334]);
    expect(sizes(false)).toEqual([10_000, 10_000, 5000]);
  });

  it("puts every shard into exactly one task, and makes about a thousand tasks at most", () => {
    fc.assert(
      fc.property(fc.nat(300_000), (shards) => {
        const plan = { ...planShards([{ path: "a", rows: shards }], 1, true) };
        expect(taskCount(plan)).toBeLessThanOrEqual(1000);
        const last = taskCount(plan) - 1;
        if (shards > 0) {
          expect(taskShards(plan, 0)[0]).toBe(0);
          expect(taskShards(plan, last).at(-1)).toBe(shards - 1);
        }
        expect(taskShards(plan, last + 1)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

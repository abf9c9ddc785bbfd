// The cost of a kill: the shards that may be open, and no more than is left.
import { expect, it } from "vitest";
import { planShards, shardSlice } from "../../src/output/plans/shard-plan.ts";
import { MAX_OPEN_SHARDS } from "../../src/worker/descriptors.ts";
import { killCost, killNotice } from "../../src/worker/kill-cost.ts";

const files = (...rows: number[]) => rows.map((count, index) => ({ path: `${index}`, rows: count }));
const nothing = { shards: 0, rows: 0 };

it.each([
  [files(100_000), 1000, true, 1, nothing, { shards: MAX_OPEN_SHARDS, samples: MAX_OPEN_SHARDS * 1000 }],
  [files(100_000), 1000, true, 3, nothing, { shards: 3 * MAX_OPEN_SHARDS, samples: 3 * MAX_OPEN_SHARDS * 1000 }],
  [files(2690), 10_000, false, 4, nothing, { shards: 1, samples: 2690 }],
  [files(100_000), 1000, true, 1, { shards: 98, rows: 98_000 }, { shards: 2, samples: 2000 }],
  [files(100_000), 1000, true, 1, { shards: 100, rows: 100_000 }, { shards: 0, samples: 0 }],
  [files(0, 10), 1000, false, 1, nothing, { shards: 1, samples: 10 }],
])("of %j in shards of %i", (inputs, samplesPerShard, isEqualCut, processes, done, cost) => {
  expect(killCost(planShards(inputs, samplesPerShard, isEqualCut), { processes }, done)).toEqual(cost);
});

it("the cost of a kill is never less than the largest shards together", () => {
  for (const isEqualCut of [true, false])
    for (const rows of [1, 999, 1000, 1001, 14_458]) {
      const plan = planShards(files(rows, 500), 1000, isEqualCut);
      const sizes = Array.from({ length: plan.shards }, (_, shard) => shardSlice(plan, shard).rows).sort((left, right) => right - left);
      const worst = sizes.slice(0, MAX_OPEN_SHARDS).reduce((sum, size) => sum + size, 0);
      expect(killCost(plan, { processes: 1 }, nothing).samples).toBeGreaterThanOrEqual(worst);
    }
});

it("the notice names the option that lowers the cost, and is absent if there is no cost", () => {
  expect(killNotice({ shards: 6, samples: 60_000 })).toBe(
    "a kill or Ctrl-C costs the shards in work, up to 6: at most 60,000 samples to download again; a smaller --number-sample-per-shard makes it fewer",
  );
  expect(killNotice({ shards: 1, samples: 1 })).toContain("costs the shard in work: at most 1 sample to download again");
  expect(killNotice({ shards: 0, samples: 0 })).toBeUndefined();
});

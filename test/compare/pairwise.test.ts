// The plan of the comparison: every two settings meet in few runs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FACTORS } from "../support/compare/job.ts";
import { pairwisePlan } from "../support/compare/pairwise.ts";

const factorLists = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

function named(counts: readonly number[]): Record<string, number[]> {
  return Object.fromEntries(counts.map((count, index) => [`factor${index}`, Array.from({ length: count }, (_, level) => level)]));
}

describe("a pairwise plan", () => {
  it("lets every level of a factor meet every level of each other factor", () => {
    fc.assert(
      fc.property(factorLists, (counts) => {
        const plan = pairwisePlan(named(counts));
        for (const [left, leftCount] of counts.entries()) {
          for (const [right, rightCount] of counts.entries()) {
            const met = new Set(plan.map((run) => `${run[`factor${left}`]} ${run[`factor${right}`]}`));
            expect(met.size).toBe(left === right ? leftCount : leftCount * rightCount);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("is no longer than the list of all combinations, and repeatable", () => {
    fc.assert(
      fc.property(factorLists, (counts) => {
        const plan = pairwisePlan(named(counts));
        const product = counts.reduce((all, count) => all * count, 1);
        expect(plan.length).toBeLessThanOrEqual(product);
        expect(pairwisePlan(named(counts))).toEqual(plan);
      }),
      { numRuns: 40 },
    );
  });

  it("covers the comparison's settings in at most 20 runs", () => {
    expect(pairwisePlan(FACTORS).length).toBeLessThanOrEqual(20);
  });

  it("refuses a factor without levels", () => {
    expect(() => pairwisePlan({ size: [] })).toThrow(/level/);
  });
});

// Sizes of row groups.
import fc from "fast-check";
import { expect, it } from "vitest";
import { defaultRowGroupRows, wholeVectors } from "../../src/partition/row-group-size.ts";

const rows = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 10 ** 9 }));

it("a requested size is rounded up to DuckDB's vectors of 2,048 rows", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 7 }), (wanted) => {
      const found = wholeVectors(wanted);
      expect(found % 2048).toBe(0);
      expect(found - wanted).toBeGreaterThanOrEqual(0);
      expect(found - wanted).toBeLessThan(2048);
    }),
  );
});

it("a default size is whole vectors, at least one and at most 65,536 rows", () => {
  fc.assert(
    fc.property(rows, (partition) => {
      const found = defaultRowGroupRows(partition);
      expect(found % 2048).toBe(0);
      expect(found).toBeGreaterThanOrEqual(2048);
      expect(found).toBeLessThanOrEqual(65_536);
    }),
  );
});

it("a partition of up to 16,384 rows is one row group; a larger one has at least 8, and 32 or more from 65,536 rows", () => {
  fc.assert(
    fc.property(rows, (partition) => {
      const groups = Math.max(1, Math.ceil(partition / defaultRowGroupRows(partition)));
      if (partition <= 16_384) expect(groups).toBe(1);
      else expect(groups).toBeGreaterThanOrEqual(partition < 65_536 ? 8 : 32);
    }),
  );
});

// Bounds of partitions, and the batches in which their row groups are loaded.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ParquetFooter } from "../../src/parquet/parquet-footer.ts";
import { type SliceContext, touchedGroups } from "../../src/partition/cut-slice.ts";
import { batches, equalSlice, type NamedSlice, partitionName, slicesOf } from "../../src/partition/slices.ts";

const counts = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 10 ** 12 }));
const parts = fc.integer({ min: 1, max: 500 });

/** A file whose row groups have these numbers of rows and of bytes. */
function contextOf(groups: readonly { readonly rows: number; readonly bytes: number }[]): SliceContext {
  const ends = (sizes: readonly number[]) => {
    let sum = 0;
    return sizes.map((size) => {
      sum += size;
      return sum;
    });
  };
  const [lastRows, lastBytes] = [ends(groups.map(({ rows }) => rows)), ends(groups.map(({ bytes }) => bytes))];
  const table = {
    count: groups.length,
    firstRow: Float64Array.from([0, ...lastRows]),
    start: Float64Array.from([0, ...lastBytes].slice(0, groups.length)),
    end: Float64Array.from(lastBytes),
    metadata: new Float64Array(groups.length + 1),
  };
  const footer: ParquetFooter = { path: "", rows: lastRows.at(-1) ?? 0, fields: [], groups: table };
  const style = { compression: "snappy", rowGroupRows: 2048 } as const;
  return { footer, style, orderEnd: footer.rows, isRowidHidden: false, run: async () => 0 };
}

describe("slices", () => {
  it("tile all rows, and differ by at most one row", () => {
    fc.assert(
      fc.property(counts, parts, (rows, count) => {
        const slices = Array.from({ length: count }, (_, index) => equalSlice(rows, count, index));
        expect(slices[0]?.start).toBe(0);
        expect(slices.at(-1)?.end).toBe(rows);
        for (const [index, { start }] of slices.entries()) if (index > 0) expect(start).toBe(slices[index - 1]?.end);
        const sizes = slices.map(({ start, end }) => end - start);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("of a segment are those of the whole order, counted from the segment's first row", () => {
    fc.assert(
      fc.property(counts, parts, fc.nat(499), fc.nat(499), fc.nat(10 ** 6), (rows, count, one, other, base) => {
        const [first, end] = [Math.min(one, other) % count, Math.min(count, Math.max(one, other))];
        for (const [offset, slice] of slicesOf(rows, count, { base, rows, first, end }, () => undefined).entries()) {
          const whole = equalSlice(rows, count, first + offset);
          expect([slice.name, slice.start + base, slice.end + base]).toEqual([partitionName(first + offset), whole.start, whole.end]);
        }
      }),
    );
  });

  it("have names that sort as their numbers, up to 100,000 of them", () => {
    const names = [0, 1, 9, 10, 99, 12_345, 99_999].map(partitionName);
    expect(names.toSorted()).toEqual(names);
    expect(names[0]).toBe("part-00000.parquet");
  });
});

describe("batches", () => {
  const groups = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 3000 }), bytes: fc.integer({ min: 1, max: 2 ** 25 }) }), {
    minLength: 1,
    maxLength: 40,
  });

  it("hold every slice once and in order, and load each row group that a slice needs", () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 20 }), (sizes, count) => {
        const context = contextOf(sizes);
        const { rows } = context.footer;
        const slices = slicesOf(rows, count, { base: 0, rows, first: 0, end: count }, () => undefined);
        const made = [...batches(context, slices, touchedGroups)];
        expect(made.flatMap((batch) => batch.slices)).toEqual(slices);
        for (const batch of made) {
          expect(batch.groups).toEqual([...new Set(batch.groups)].toSorted((left, right) => left - right));
          for (const slice of batch.slices) for (const group of touchedGroups(context, slice)) expect(batch.groups).toContain(group);
        }
      }),
    );
  });

  it("of several slices stay below 64 MiB of row groups", () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 20 }), (sizes, count) => {
        const context = contextOf(sizes);
        const { rows } = context.footer;
        const slices = slicesOf(rows, count, { base: 0, rows, first: 0, end: count }, () => undefined);
        for (const batch of batches(context, slices, touchedGroups)) {
          const bytes = batch.groups.reduce((sum, group) => sum + (sizes[group]?.bytes ?? 0), 0);
          const needing = batch.slices.filter((slice) => touchedGroups(context, slice).length > 0);
          expect(needing.length <= 1 || bytes <= 2 ** 26).toBe(true);
        }
      }),
    );
  });

  it("load nothing for partitions that an earlier start has finished", () => {
    const context = contextOf([{ rows: 100, bytes: 10 }]);
    const slices: NamedSlice[] = [{ name: "part-00000.parquet", start: 0, end: 100, finished: "/there" }];
    expect([...batches(context, slices, touchedGroups)]).toEqual([{ slices, groups: [] }]);
  });
});

it("touchedGroups finds the row groups that share a row with the slice", () => {
  const groups = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(groups, fc.nat(2000), fc.nat(2000), (sizes, one, other) => {
      const context = contextOf(sizes.map((rows) => ({ rows, bytes: 1 })));
      const { rows, groups: table } = context.footer;
      const [start, end] = [Math.min(one, other) % (rows + 1), Math.min(rows, Math.max(one, other))];
      if (start > end) return;
      const expected = sizes.flatMap((_, group) => {
        const isShared = (table.firstRow[group] ?? 0) < end && (table.firstRow[group + 1] ?? 0) > start;
        return isShared && end > start ? [group] : [];
      });
      expect(touchedGroups(context, { start, end })).toEqual(expected);
    }),
  );
});

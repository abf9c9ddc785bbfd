// Shard names and sample keys, compared with img2dataset's.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexDigits, sampleKey, shardName } from "../../src/core/keys.ts";

describe("sample keys", () => {
  it.each([
    [1, 5, 10_000, 5, "000010005"],
    [0, 0, 1000, 5, "00000000"],
    [3, 7, 10, 5, "000037"],
    [2, 0, 1, 5, "00002"],
    [0, 10_000, 10_001, 5, "0000010000"],
    [123_456, 1, 10_000, 5, "1234560001"],
    [231_299, 9999, 10_000, 6, "2312999999"],
  ])("of shard %i, index %i, %i a shard and %i digits is %s, as in img2dataset", (shard, index, perShard, digits, key) => {
    expect(sampleKey(shard, index, perShard, digits)).toBe(key);
  });

  it("are unique and sort like shard and index while the shard's number fits its digits", () => {
    const place = fc.record({ shard: fc.nat(99_999), index: fc.nat(9999) });
    fc.assert(
      fc.property(place, place, (left, right) => {
        const keys = [left, right].map(({ shard, index }) => sampleKey(shard, index, 10_000, 5));
        const order = left.shard - right.shard || left.index - right.index;
        expect(Math.sign((keys[0] ?? "") < (keys[1] ?? "") ? -1 : (keys[0] ?? "") > (keys[1] ?? "") ? 1 : 0)).toBe(Math.sign(order));
      }),
    );
  });

  it("begin with the shard's name", () => {
    expect(sampleKey(42, 7, 10_000, 5).startsWith(shardName(42, 5))).toBe(true);
    expect(indexDigits(10_000)).toBe(4);
  });
});

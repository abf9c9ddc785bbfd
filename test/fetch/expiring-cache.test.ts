// Entries of the cache expire, and the least recently used leave first.
import { expect, it } from "vitest";
import { ExpiringCache } from "../../src/fetch/expiring-cache.ts";

it("keeps an entry for its lifetime and not longer", () => {
  let now = 0;
  const cache = new ExpiringCache<string>(10, () => now);
  cache.set("a", "1", 100);
  now = 99;
  expect(cache.get("a")).toBe("1");
  now = 100;
  expect(cache.get("a")).toBeUndefined();
  expect(cache.size).toBe(0);
});

it("drops the least recently used entry beyond its bound", () => {
  const cache = new ExpiringCache<number>(2, () => 0);
  cache.set("a", 1, 10);
  cache.set("b", 2, 10);
  cache.get("a");
  cache.set("c", 3, 10);
  expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
});

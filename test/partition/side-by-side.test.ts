// Work side by side whose results come in order.
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { inOrder, onFreeConnection } from "../../src/partition/side-by-side.ts";
import type { Database } from "../../src/sql/database.ts";

const collect = async <T>(items: AsyncGenerator<T>) => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

it("yields every result in the order of the items, and never does more than was allowed at a time", async () => {
  const delays = fc.array(fc.nat(3), { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 1, max: 5 }), async (items, concurrency) => {
      let running = 0;
      let most = 0;
      const work = async (delay: number) => {
        most = Math.max(most, ++running);
        await wait(delay);
        running--;
        return delay;
      };
      expect(await collect(inOrder(items, concurrency, work))).toEqual(items);
      expect(most).toBeLessThanOrEqual(concurrency);
    }),
    { numRuns: 20 },
  );
});

it("throws the first failure only after all work that was started has ended", async () => {
  let ended = 0;
  const work = async (item: number) => {
    await wait(item * 5);
    ended++;
    if (item === 0) throw new Error("the first");
  };
  await expect(collect(inOrder([0, 3, 6, 9], 3, work))).rejects.toThrow("the first");
  expect(ended).toBe(3);
});

it("begins nothing more when its reader stops", async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
  };
  for await (const _ of inOrder([0, 1, 2, 3, 4], 2, work)) break;
  expect(begun).toEqual([0, 1]);
});

it("runs one statement a connection at a time, also after one that fails", async () => {
  const busy = new Set<number>();
  const connection = (id: number) => {
    const run = async (sql: string) => {
      expect(busy.has(id)).toBe(false);
      busy.add(id);
      await wait(1);
      busy.delete(id);
      if (sql === "fails") throw new Error(sql);
      return id;
    };
    return { run } as unknown as Database;
  };
  const run = onFreeConnection([connection(0), connection(1)]);
  const results = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => run(index % 3 === 0 ? "fails" : "works")));
  expect(results.map(({ status }) => status)).toEqual(
    Array.from({ length: 9 }, (_, index) => (index % 3 === 0 ? "rejected" : "fulfilled")),
  );
});

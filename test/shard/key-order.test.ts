// KeyOrder: every sample is written once and in key order, whatever arrives when.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import type { Entry } from "../../src/shard/entries.ts";
import { KeyOrder } from "../../src/shard/key-order.ts";
import type { ShardWriter } from "../../src/shard/shard-writer.ts";
import { withFolder } from "../support/parquet.ts";

/** Collects what it is given. */
class RecordingWriter implements ShardWriter {
  readonly written: string[] = [];
  async add(key: string, entries: readonly Entry[]): Promise<void> {
    await Promise.resolve();
    this.written.push(`${key}:${entries.map(({ extension, body }) => `${extension}=${body.toString()}`).join()}`);
  }
  async close() {
    return { name: "00000.tar", bytes: this.written.length };
  }
  async abandon(): Promise<void> {}
}

const entries = (index: number): Entry[] => [
  { extension: "jpg", body: Buffer.from(`picture ${index} ${"x".repeat(index % 50)}`) },
  { extension: "txt", body: Buffer.from(index % 3 === 0 ? "" : `caption ${index}`) },
];

describe("key order", () => {
  it("writes every sample once and in key order, for any order of arrival, failures and memory", async () => {
    const arrival = fc.integer({ min: 0, max: 60 }).chain((count) =>
      fc.record({
        order: fc.shuffledSubarray(
          Array.from({ length: count }, (_, index) => index),
          { minLength: count },
        ),
        failed: fc.array(fc.nat(59)),
        memory: fc.constantFrom(0, 100, 1_000_000),
      }),
    );
    await fc.assert(
      fc.asyncProperty(arrival, async ({ order, failed, memory }) => {
        await withFolder(async (folder) => {
          const writer = new RecordingWriter();
          const keyOrder = new KeyOrder(writer, order.length, join(folder, "spool"), new Budget(memory));
          await Promise.all(
            order.map((index) => (failed.includes(index) ? keyOrder.skip(index) : keyOrder.put(index, `key${index}`, entries(index)))),
          );
          await keyOrder.finish();
          const expected = order
            .filter((index) => !failed.includes(index))
            .sort((left, right) => left - right)
            .map(
              (index) =>
                `key${index}:${entries(index)
                  .map(({ extension, body }) => `${extension}=${body.toString()}`)
                  .join()}`,
            );
          expect(writer.written).toEqual(expected);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("spools samples beyond its memory to disk", () =>
    withFolder(async (folder) => {
      const keyOrder = new KeyOrder(new RecordingWriter(), 3, join(folder, "spool"), new Budget(10));
      await keyOrder.put(1, "key1", entries(1));
      expect(await readdir(folder)).toEqual(["spool"]);
      await keyOrder.put(2, "key2", entries(2));
      await keyOrder.put(0, "key0", entries(0));
      await keyOrder.finish();
    }));

  it("shares its memory with other shards and gives it back when it is abandoned", () =>
    withFolder(async (folder) => {
      const bytes = new Budget(100);
      const [first, second] = ["a", "b"].map((name) => new KeyOrder(new RecordingWriter(), 3, join(folder, name), bytes));
      await first?.put(1, "key1", [{ extension: "jpg", body: Buffer.alloc(80) }]);
      await second?.put(1, "key1", [{ extension: "jpg", body: Buffer.alloc(80) }]);
      expect([await readdir(folder), bytes.used]).toEqual([["b"], 80]);
      await first?.abandon();
      expect(bytes.used).toBe(0);
      await second?.abandon();
    }));

  it("refuses to end a shard that misses a sample", () =>
    withFolder(async (folder) => {
      const keyOrder = new KeyOrder(new RecordingWriter(), 2, join(folder, "spool"), new Budget(10));
      await keyOrder.put(0, "key0", entries(0));
      await expect(keyOrder.finish()).rejects.toThrow("misses sample 1");
    }));

  it("reports a failure of its writer", () =>
    withFolder(async (folder) => {
      class FailingWriter extends RecordingWriter {
        override async add(): Promise<void> {
          throw new Error("disk full");
        }
      }
      const keyOrder = new KeyOrder(new FailingWriter(), 1, join(folder, "spool"), new Budget(10));
      await expect(keyOrder.put(0, "key0", entries(0))).rejects.toThrow("disk full");
      await keyOrder.abandon();
    }));

  it("abandons its writer even if its spool could not be opened", () =>
    withFolder(async (folder) => {
      let isAbandoned = false;
      class ClosingWriter extends RecordingWriter {
        override async abandon(): Promise<void> {
          isAbandoned = true;
        }
      }
      const keyOrder = new KeyOrder(new ClosingWriter(), 2, join(folder, "none", "spool"), new Budget(0));
      await expect(keyOrder.put(1, "key1", entries(1))).rejects.toThrow("ENOENT");
      await keyOrder.abandon();
      expect(isAbandoned).toBe(true);
    }));
});

// Memory of growing bodies: slow servers hold little, and a full memory pauses all but a few.
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";
import { BodyReader } from "../../src/fetch/body.ts";
import { BodyGrowth } from "../../src/fetch/body-growth.ts";
import { createFetcher } from "../../src/fetch/fetcher.ts";
import { type Step, startScriptedServer } from "../support/fetch/scripted-server.ts";

const signal = new AbortController().signal;
const MIB = 2 ** 20;
const LARGE = Buffer.alloc(2 * MIB, 7);
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

/** Remembers the most that was ever taken. */
class WatchedBudget extends Budget {
  peak = 0;

  override take(amount: number): void {
    super.take(amount);
    this.peak = Math.max(this.peak, this.used);
  }
}

describe("bodies that grow", () => {
  it("take memory for what has arrived and not for what was announced, so that slow servers hold little", async () => {
    const bytes = new Budget(4 * MIB);
    const growth = new BodyGrowth(bytes);
    const slow = Array.from(
      { length: 3 },
      () => new BodyReader({ "content-length": String(30 * MIB) }, { maxBytes: 32 * MIB, bytes, growth }),
    );
    for (const body of slow) await body.open(signal);
    const other = new BodyReader({ "content-length": "1000" }, { maxBytes: MIB, bytes, growth });
    expect(other.open(signal)).toBeUndefined();
  });

  it("pause while memory is full, except one, and go on in turn when memory is free", async () => {
    const bytes = new Budget(100);
    const growth = new BodyGrowth(bytes, 1);
    const [first, second, third] = [{}, {}, {}];
    expect(growth.grow(first, 90)).toBeUndefined();
    expect(growth.grow(first, 20)).toBeUndefined();
    const order: string[] = [];
    const waits = [growth.grow(second, 20)?.then(() => order.push("second")), growth.grow(third, 30)?.then(() => order.push("third"))];
    expect(waits.every((wait) => wait instanceof Promise)).toBe(true);
    bytes.release(20);
    growth.ended({});
    await Promise.resolve();
    expect(order).toEqual([]);
    bytes.release(90);
    growth.ended(first);
    await Promise.all(waits);
    expect(order).toEqual(["second", "third"]);
  });

  it("leave nothing behind when they are given up", async () => {
    const bytes = new Budget(10);
    const growth = new BodyGrowth(bytes, 1);
    const [favoured, waiting] = [{}, {}];
    void growth.grow(favoured, 20);
    const wait = growth.grow(waiting, 20);
    growth.ended(waiting);
    bytes.release(20);
    growth.ended(favoured);
    expect(growth.grow({}, 1)).toBeUndefined();
    let hasGoneOn = false;
    void wait?.then(() => {
      hasGoneOn = true;
    });
    await Promise.resolve();
    expect(hasGoneOn).toBe(false);
  });
});

describe.each<[string, Step]>([
  ["large pictures of no announced length", { body: LARGE, contentLength: "none" }],
  ["pictures that are packed a thousandfold", { body: gzipSync(LARGE), headers: { "Content-Encoding": "gzip" } }],
])("%s", (_, step) => {
  it("all arrive, within the budget and a few bodies more", { timeout: 20_000 }, async () => {
    const server = await startScriptedServer();
    const bytes = new WatchedBudget(MIB);
    const fetcher = createFetcher({
      maxInFlight: 16,
      connectionsPerHost: 16,
      bytes,
      allowPrivateNetwork: true,
      robots: "ignore",
      userAgent: "test",
    });
    cleanups.push(
      () => fetcher.close(),
      () => server.close(),
    );
    const paths = Array.from({ length: 12 }, (_, number) => `/${number}.jpg`);
    for (const path of paths) server.route(path, step);
    await Promise.all(
      paths.map(async (path) => {
        const result = await fetcher.fetch(server.url(path), signal);
        if (!result.ok) throw new Error(result.failure.code);
        expect(result.body.equals(LARGE)).toBe(true);
        // As long as a decoder would hold it. The others arrive in the meantime, if they may.
        await new Promise((resolve) => setImmediate(resolve));
        result.release();
      }),
    );
    expect(bytes.used).toBe(0);
    expect(bytes.peak).toBeGreaterThan(MIB);
    expect(bytes.peak).toBeLessThan(MIB + 6 * LARGE.length + paths.length * 256 * 1024);
  });
});

it("compressed bodies are unpacked two at a time, because their size is known only afterwards", async () => {
  const growth = new BodyGrowth(new Budget(MIB));
  let [running, most] = [0, 0];
  const unpack = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  await Promise.all([
    ...Array.from({ length: 10 }, () => growth.unpack(unpack)),
    growth.unpack(() => Promise.reject(new Error("bad"))).catch(() => undefined),
  ]);
  await growth.unpack(unpack);
  expect([running, most]).toEqual([0, 2]);
});

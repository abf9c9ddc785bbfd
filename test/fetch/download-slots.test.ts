// How many downloads may be under way while bodies wait in memory.
import { describe, expect, it } from "vitest";
import type { AttemptResult, Visit } from "../../src/fetch/attempt.ts";
import { DownloadSlots } from "../../src/fetch/download-slots.ts";

/** Resolves after all promises that are under way. */
const settled = () => new Promise(setImmediate);
const never = new AbortController().signal;
const FAILED: AttemptResult = { ok: false, failure: { code: "timeout" }, isAsked: true, elapsedMs: 1 };

/** Begins downloads that the test ends; `end` ends the oldest one under way. */
function downloads(slots: DownloadSlots, wanted: number) {
  const underWay: ((result: AttemptResult) => void)[] = [];
  const ended: Promise<Visit>[] = [];
  let released = 0;
  for (let index = 0; index < wanted; index++) {
    ended.push(slots.run(never, () => new Promise((resolve) => underWay.push(resolve))));
  }
  const succeededWith = (bytes: number): AttemptResult => ({
    ok: true,
    body: Buffer.alloc(bytes),
    httpStatus: 200,
    isAsked: true,
    elapsedMs: 1,
    release: () => {
      released += 1;
    },
  });
  const end = async (result: AttemptResult) => {
    await settled();
    underWay.shift()?.(result);
    const after = await ended.shift();
    await settled();
    return () => after?.ok && after.release();
  };
  return { fail: () => end(FAILED), succeed: (bytes: number) => end(succeededWith(bytes)), released: () => released };
}

describe("DownloadSlots", () => {
  it("has all slots while no body waits, and one less for each share of memory that bodies fill", async () => {
    const slots = new DownloadSlots(4, 4000);
    const { succeed, fail } = downloads(slots, 100);
    await fail();
    expect(slots.inFlight).toBe(4);
    const release = await succeed(999);
    expect(slots.inFlight).toBe(4);
    const releaseTwo = await succeed(1);
    expect(slots.inFlight).toBe(3);
    releaseTwo();
    await settled();
    expect(slots.inFlight).toBe(4);
    await succeed(3000);
    // A download that has begun is never stopped.
    expect(slots.inFlight).toBe(3);
    for (let ended = 0; ended < 3; ended++) await fail();
    expect(slots.inFlight).toBe(1);
    release();
    await settled();
    expect(slots.inFlight).toBe(1);
  });

  it("begins nothing while memory is full, and goes on when some is released", async () => {
    const slots = new DownloadSlots(2, 2000);
    const { succeed } = downloads(slots, 10);
    const releases = [await succeed(5000), await succeed(5000)];
    expect(slots.inFlight).toBe(0);
    for (const release of releases) release();
    await settled();
    expect(slots.inFlight).toBe(2);
  });

  it("lets a single slot download while the body before waits", async () => {
    const slots = new DownloadSlots(1, 1000);
    const { succeed } = downloads(slots, 3);
    await succeed(900);
    expect(slots.inFlight).toBe(1);
  });

  it("also releases what the download holds", async () => {
    const { succeed, released } = downloads(new DownloadSlots(1, 1000), 1);
    (await succeed(10))();
    expect(released()).toBe(1);
  });

  it("begins with 64 slots and has one more for each download that ends, in whatever way", async () => {
    const slots = new DownloadSlots(66, 66_000);
    const { fail, succeed } = downloads(slots, 200);
    expect(slots.inFlight).toBe(0);
    await settled();
    expect(slots.inFlight).toBe(64);
    await fail();
    expect(slots.inFlight).toBe(65);
    await succeed(1);
    expect(slots.inFlight).toBe(66);
    await fail();
    expect(slots.inFlight).toBe(66);
  });

  it("returns a slot if a download rejects, and serves others if a wait is given up", async () => {
    const slots = new DownloadSlots(1, 1000);
    const stop = new AbortController();
    let begin: (() => void) | undefined;
    const first = slots.run(
      never,
      () =>
        new Promise((_, reject) => {
          begin = () => reject(new Error("a defect"));
        }),
    );
    const given = slots.run(stop.signal, () => Promise.resolve(FAILED));
    const last = slots.run(never, () => Promise.resolve(FAILED));
    stop.abort(new Error("stopped"));
    await expect(given).rejects.toThrow("stopped");
    begin?.();
    await expect(first).rejects.toThrow("a defect");
    expect(await last).toEqual(FAILED);
    expect(slots.inFlight).toBe(0);
  });
});

// Stopping DuckDB by a signal.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Database } from "../../src/sql/database.ts";
import { interruptible } from "../../src/sql/interruptible.ts";

/** Takes minutes when nobody stops it. */
const LONG = "SELECT count(*) FROM range(200000) a, range(200000) b WHERE hash(a.range, b.range) = 1";

const REASON = new Error("stopped by a test");

let database: Database;

beforeEach(async () => {
  database = await Database.open({ threads: 1, memoryLimitBytes: 1e8 });
});

afterEach(() => database.close());

function abortsAfter(delayMs: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(REASON), delayMs);
  return controller.signal;
}

it("stops a running statement and throws the signal's reason", async () => {
  await expect(interruptible([database], abortsAfter(50), () => database.run(LONG))).rejects.toBe(REASON);
});

it("stops a statement that begins after the signal aborted", async () => {
  const late = async () => {
    await wait(120);
    return await database.run(LONG);
  };
  await expect(interruptible([database], abortsAfter(1), late)).rejects.toBe(REASON);
});

it("stops statements of sibling connections", async () => {
  const sibling = await database.sibling();
  await expect(interruptible([database], abortsAfter(50), () => sibling.run(LONG))).rejects.toBe(REASON);
  sibling.close();
});

it("leaves the database usable for the next statement", async () => {
  await interruptible([database], abortsAfter(10), () => database.run(LONG)).catch(() => undefined);
  expect(await database.rows("SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

it("begins no work when the signal has aborted already", async () => {
  let isBegun = false;
  const work = async () => {
    isBegun = true;
  };
  await expect(interruptible([database], AbortSignal.abort(REASON), work)).rejects.toBe(REASON);
  expect(isBegun).toBe(false);
});

it("returns the result of work, and passes on its errors, when nothing aborts", async () => {
  const { signal } = new AbortController();
  expect(await interruptible([database], signal, () => database.rows("SELECT 2 AS two"))).toEqual([{ two: 2 }]);
  await expect(interruptible([database], signal, () => database.run("SELECT nothing"))).rejects.toThrow(/nothing/);
});

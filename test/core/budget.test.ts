// A budget admits in order, never exceeds its capacity, and forgets aborted requests.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/core/budget.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a budget", () => {
  it("admits in order, as soon as there is room", async () => {
    const budget = new Budget(3);
    const admitted: string[] = [];
    const ask = (name: string, amount: number) => budget.reserve(amount).then(() => admitted.push(name));
    await Promise.all([ask("a", 2)]);
    void ask("b", 2);
    void ask("c", 1);
    await settle();
    expect(admitted).toEqual(["a"]);
    budget.release(2);
    await settle();
    expect(admitted).toEqual(["a", "b", "c"]);
    expect(budget.used).toBe(3);
  });

  it("admits a request larger than the whole alone", async () => {
    const budget = new Budget(10);
    await budget.reserve(50);
    let isSecondIn = false;
    void budget.reserve(1).then(() => {
      isSecondIn = true;
    });
    await settle();
    expect(isSecondIn).toBe(false);
    budget.release(50);
    await settle();
    expect(isSecondIn).toBe(true);
  });

  it("forgets a request whose signal aborts, and serves the next", async () => {
    const budget = new Budget(1);
    await budget.reserve(1);
    const stop = new AbortController();
    const lost = budget.reserve(1, stop.signal);
    const next = budget.reserve(1);
    stop.abort(new Error("stopped"));
    await expect(lost).rejects.toThrow("stopped");
    budget.release(1);
    await next;
    expect(budget.used).toBe(1);
    expect(budget.waiting).toBe(0);
  });

  it("admits those that wait when it grows, and never shrinks", async () => {
    const budget = new Budget(1);
    await budget.reserve(1);
    const next = budget.reserve(2);
    budget.growTo(3);
    await next;
    budget.growTo(2);
    expect([budget.used, budget.capacity]).toEqual([3, 3]);
  });

  it("never admits more than it has, for any sequence of requests that fit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }), async (amounts) => {
        const budget = new Budget(5);
        let most = 0;
        await Promise.all(
          amounts.map(async (amount) => {
            await budget.reserve(amount);
            most = Math.max(most, budget.used);
            await settle();
            budget.release(amount);
          }),
        );
        expect(most).toBeLessThanOrEqual(5);
        expect(budget.used).toBe(0);
      }),
    );
  });
});

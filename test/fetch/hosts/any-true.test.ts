// The first true of several answers, and rejections before and after it.
import { expect, it } from "vitest";
import { anyTrue } from "../../../src/fetch/hosts/any-true.ts";

const never = new Promise<boolean>(() => undefined);

it("is true with the first that is true, whatever becomes of the others", async () => {
  expect(await anyTrue([never, Promise.resolve(false), Promise.resolve(true), Promise.reject(new Error("late"))])).toBe(true);
});

it("is false if none is true, and if there are none", async () => {
  expect(await anyTrue([Promise.resolve(false), Promise.resolve(false)])).toBe(false);
  expect(await anyTrue([])).toBe(false);
});

it("rejects as the first answer that rejects before one is true", async () => {
  await expect(anyTrue([never, Promise.reject(new Error("broken"))])).rejects.toThrow("broken");
});

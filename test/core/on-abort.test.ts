// Callbacks for an abort share one listener of the signal.
import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { onAbort, untilAborted } from "../../src/core/on-abort.ts";

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

it("calls back once each, in order, except those cancelled before or during the abort", () => {
  const stop = new AbortController();
  const called: string[] = [];
  const forgets = new Map<string, () => void>();
  for (const name of ["a", "b", "c", "d"]) {
    const callback = () => {
      called.push(name);
      if (name === "a") forgets.get("c")?.();
    };
    forgets.set(name, onAbort(stop.signal, callback));
  }
  forgets.get("b")?.();
  stop.abort();
  expect(called).toEqual(["a", "d"]);
});

it("calls back at once if the signal has aborted", () => {
  const called: string[] = [];
  onAbort(AbortSignal.abort(), () => called.push("now"))();
  expect(called).toEqual(["now"]);
});

it("calls a function registered twice twice, and cancels one of the two", () => {
  const stop = new AbortController();
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const forgets = [onAbort(stop.signal, count), onAbort(stop.signal, count), onAbort(stop.signal, count)];
  forgets[1]?.();
  forgets[1]?.();
  stop.abort();
  expect(calls).toBe(2);
});

it("listens once to a signal, and not at all while nobody waits", () => {
  const { signal } = new AbortController();
  const forgets = Array.from({ length: 1000 }, () => onAbort(signal, () => undefined));
  expect(listenersOf(signal)).toBe(1);
  for (const forget of forgets) forget();
  expect(listenersOf(signal)).toBe(0);
  onAbort(signal, () => undefined);
  // A function that was cancelled long ago must not remove the listener of the others.
  forgets[0]?.();
  onAbort(signal, () => undefined);
  expect(listenersOf(signal)).toBe(1);
});

it("ends a wait with the signal's reason, and listens no longer than the work takes", async () => {
  const stop = new AbortController();
  expect(await untilAborted(Promise.resolve("done"), stop.signal)).toBe("done");
  await expect(untilAborted(Promise.reject(new Error("of the work")), stop.signal)).rejects.toThrow("of the work");
  await new Promise(setImmediate);
  expect(listenersOf(stop.signal)).toBe(0);
  const waiting = untilAborted(new Promise(() => undefined), stop.signal);
  stop.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  await expect(untilAborted(Promise.reject(new Error("late")), stop.signal)).rejects.toThrow("stopped");
});

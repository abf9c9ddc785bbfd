// Core vocabulary: who wants to know that a signal aborted, also where thousands do.

interface Listeners {
  readonly callbacks: Set<() => void>;
  /** Called by the signal. */
  readonly callAll: () => void;
}

const listening = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls back once when the signal aborts, in the order of the calls, unless the returned function was called before; at once
 * where it has aborted already. Adding and removing take the same time however many wait: an EventTarget walks through all of
 * its listeners for either, and every sample of a run listens to the same signal. The callback must not throw.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { callbacks, callAll } = listening.get(signal) ?? listenTo(signal);
  // An object of its own, so that a function that is given twice is called twice.
  const own = () => callback();
  callbacks.add(own);
  return () => {
    // Node keeps a signal made by `AbortSignal.any` in memory as long as somebody listens.
    if (!callbacks.delete(own) || callbacks.size > 0) return;
    signal.removeEventListener("abort", callAll);
    listening.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const callAll = () => {
    // What is removed on the way is left out.
    for (const callback of callbacks) callback();
  };
  const listeners = { callbacks, callAll };
  listening.set(signal, listeners);
  signal.addEventListener("abort", callAll, { once: true });
  return listeners;
}

/** What the work comes to, or the signal's reason where it aborts before. The work goes on all the same. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    // In any case: what the work rejects with must have been heard.
    work.then(resolve, reject).finally(forget);
  });
}

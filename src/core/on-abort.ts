// Callbacks for the abort of a signal that thousands of samples listen to.

interface Listeners {
  readonly callbacks: Set<() => void>;
  /** The one listener that the signal has. */
  readonly callAll: () => void;
}

const listening = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls back once when the signal aborts, in the order of registration; at once if it has aborted already. The returned function cancels
 * the callback. Adding and removing take constant time. An EventTarget walks through all its listeners for either, and every sample of a
 * run listens to the same signal. The callback must not throw.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { callbacks, callAll } = listening.get(signal) ?? listenTo(signal);
  // A new object for each call, so that a function registered twice is called twice.
  const own = () => callback();
  callbacks.add(own);
  return () => {
    // Node keeps a signal made by `AbortSignal.any` in memory as long as it has a listener.
    if (!callbacks.delete(own) || callbacks.size > 0) return;
    signal.removeEventListener("abort", callAll);
    listening.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const callAll = () => {
    // Iterating a Set skips callbacks that are removed on the way.
    for (const callback of callbacks) callback();
  };
  const listeners = { callbacks, callAll };
  listening.set(signal, listeners);
  signal.addEventListener("abort", callAll, { once: true });
  return listeners;
}

/** Settles as the work does, or rejects with the signal's reason if it aborts first. The work itself goes on. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    // Attached even after an abort, so that the work's rejection is always handled.
    work.then(resolve, reject).finally(forget);
  });
}

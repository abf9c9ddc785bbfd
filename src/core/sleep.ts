// A wait that ends early when the run does.
import { onAbort } from "./on-abort.ts";

/** Resolves after `delayMs`, or at once when the signal aborts. Any number of waits may share one signal. */
export function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, delayMs);
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// Stops DuckDB when a signal aborts.
import { onAbort } from "../core/on-abort.ts";
import type { Database } from "./database.ts";

/** DuckDB forgets an interrupt that comes before its statement has begun, so one is not enough. */
const INTERRUPT_EVERY_MS = 50;

/**
 * Does work with databases. When the signal aborts, stops their statements and throws the signal's reason, whatever the work made
 * of it. Work that ends all the same returns its result.
 */
export async function interruptible<T>(databases: readonly Database[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const forget = onAbort(signal, () => {
    stop = keepInterrupting(databases);
  });
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    forget();
    stop?.();
  }
}

/** Stops the running statements of databases, and those that follow, until the returned function is called. */
export function keepInterrupting(databases: readonly Database[]): () => void {
  const interrupt = () => {
    for (const database of databases) database.interrupt();
  };
  interrupt();
  const repeating = setInterval(interrupt, INTERRUPT_EVERY_MS);
  return () => clearInterval(repeating);
}

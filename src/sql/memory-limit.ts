// How much of a memory limit DuckDB may count on, since its threads hold more than it counts.

/**
 * What a thread holds beside what DuckDB counts: pages of parquet that are being read or written. At a limit of 1 GB a
 * shuffle of 10 million rows peaked at 1.3 GB with two threads, at 1.6 GB with eight, and with this taken off at 1.3 GB.
 */
const UNCOUNTED_THREAD_BYTES = 2 ** 24;
/** So many threads fit into what a process may need beside its limit. */
const FREE_THREADS = 2;
/** However many threads there are, DuckDB keeps this share of the limit. */
const COUNTED_SHARE = 0.75;

/** DuckDB's own limit for a process that should stay within `memoryLimitBytes`. */
export function countedBytes({ memoryLimitBytes, threads }: { readonly memoryLimitBytes: number; readonly threads: number }): number {
  return Math.floor(
    Math.max(memoryLimitBytes * COUNTED_SHARE, memoryLimitBytes - Math.max(0, threads - FREE_THREADS) * UNCOUNTED_THREAD_BYTES),
  );
}

// DuckDB's own memory limit: its threads hold memory that it does not count.

/**
 * What a thread holds beside what DuckDB counts: parquet pages that it reads or writes. At a limit of 1 GB a shuffle of 10 million rows
 * peaked at 1.3 GB with two threads and at 1.6 GB with eight. With this subtracted for each thread, eight peak at 1.3 GB.
 */
const UNCOUNTED_THREAD_BYTES = 2 ** 24;
/** Threads for which nothing is subtracted: they fit into what a process may need beside its limit. */
const FREE_THREADS = 2;
/** DuckDB keeps at least this share of the limit, whatever the number of threads. */
const COUNTED_SHARE = 0.75;

/** DuckDB's own limit for a process that should stay within `memoryLimitBytes`. */
export function countedBytes({ memoryLimitBytes, threads }: { readonly memoryLimitBytes: number; readonly threads: number }): number {
  return Math.floor(
    Math.max(memoryLimitBytes * COUNTED_SHARE, memoryLimitBytes - Math.max(0, threads - FREE_THREADS) * UNCOUNTED_THREAD_BYTES),
  );
}

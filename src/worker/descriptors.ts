// How many files and connections a worker may have open, checked before a download.
import { OutputError } from "../core/errors.ts";
import { processLimit } from "../core/process-limits.ts";
import type { DownloadSettings } from "../job/config.ts";

/**
 * Shards that a worker has open: one whose samples it begins, and others that wait for their slowest server. Four cores need 15 s for
 * a shard of 10,000 samples, and its last sample may take a minute with its retries.
 */
export const MAX_OPEN_SHARDS = 6;

/** Descriptors of a worker besides connections: libraries, database and pipes (measured: about 36), and for each open shard its file, spool and notes. */
const OTHER_DESCRIPTORS = 52 + 3 * MAX_OPEN_SHARDS;

/** With fewer descriptors a worker cannot start. */
const MIN_DESCRIPTORS = 128;

const DESCRIPTORS = "Max open files";

/**
 * How many connections a worker may have open; undefined if any number. Half are for downloads in flight, a quarter for connections kept
 * alive, and the rest for DNS and connections that close slowly.
 */
export function workerConnectionLimit(): number | undefined {
  const limit = processLimit(DESCRIPTORS);
  return limit === undefined ? undefined : Math.max(2, limit - OTHER_DESCRIPTORS);
}

/** Returns a notice if workers get fewer downloads in flight than the settings ask for. Throws OutputError if no worker could start. */
export function checkDescriptors({ downloadsPerProcess }: DownloadSettings): string | undefined {
  const limit = processLimit(DESCRIPTORS);
  if (limit === undefined) return undefined;
  if (limit < MIN_DESCRIPTORS) {
    throw new OutputError(
      `a process may have ${limit} files open here, and a worker needs at least ${MIN_DESCRIPTORS}`,
      "Raise the limit, such as with ulimit -n 4096.",
    );
  }
  const inFlight = downloadsInFlight(downloadsPerProcess, limit - OTHER_DESCRIPTORS);
  if (inFlight === downloadsPerProcess) return undefined;
  return `a process may have ${limit} files open here: ${inFlight} downloads in flight for each process instead of ${downloadsPerProcess}; ulimit -n raises it`;
}

/** How many downloads in flight this number of connections allows. */
export function downloadsInFlight(wanted: number, connections: number | undefined): number {
  return connections === undefined ? wanted : Math.min(wanted, Math.floor(connections / 2));
}

// How many files and connections a worker may have open, checked before a download.
import { OutputError } from "../core/errors.ts";
import { processLimit } from "../core/process-limits.ts";
import type { DownloadSettings } from "../job/config.ts";

/**
 * Shards that a worker has open: one whose samples it begins, and others that wait for their slowest server. A shard of 10,000
 * takes four cores 15 s, and its last sample may take a minute with its retries.
 */
export const MAX_OPEN_SHARDS = 6;

/** What a worker has open beside its connections: libraries, the database, pipes (measured: about 36), and 3 for each open shard: its file, its spool, its notes. */
const OTHER_DESCRIPTORS = 52 + 3 * MAX_OPEN_SHARDS;

/** With fewer than this a worker could not even start. */
const MIN_DESCRIPTORS = 128;

const DESCRIPTORS = "Max open files";

/** How many connections a worker may have open: half for downloads in flight, a quarter kept alive, the rest for DNS and slow closing. Undefined: any number. */
export function workerConnectionLimit(): number | undefined {
  const limit = processLimit(DESCRIPTORS);
  return limit === undefined ? undefined : Math.max(2, limit - OTHER_DESCRIPTORS);
}

/** Throws OutputError where no worker could work; returns a notice where workers will have fewer downloads in flight than asked for. */
export function checkDescriptors({ downloadsPerProcess }: DownloadSettings): string | undefined {
  const limit = processLimit(DESCRIPTORS);
  if (limit === undefined) return undefined;
  if (limit < MIN_DESCRIPTORS) {
    throw new OutputError(
      `a process may have ${limit} files open here, and a worker needs ${MIN_DESCRIPTORS} or more`,
      "Raise the limit, such as with ulimit -n 4096.",
    );
  }
  const inFlight = downloadsInFlight(downloadsPerProcess, limit - OTHER_DESCRIPTORS);
  if (inFlight === downloadsPerProcess) return undefined;
  return `a process may have ${limit} files open here: ${inFlight} downloads in flight for each process instead of ${downloadsPerProcess}; ulimit -n raises it`;
}

/** Downloads in flight that this many connections allow. */
export function downloadsInFlight(wanted: number, connections: number | undefined): number {
  return connections === undefined ? wanted : Math.min(wanted, Math.floor(connections / 2));
}

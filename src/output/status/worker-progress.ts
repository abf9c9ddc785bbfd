// Counts what a worker has done so far, open shards included.
import { Pace } from "../../core/progress-speed.ts";
import type { OpenShard, Progress, SampleCounts } from "../../engine/messages.ts";
import type { ManifestRow } from "../../manifest/manifest-row.ts";

/** No samples yet. */
export const NO_SAMPLES: SampleCounts = { packed: 0, failed: 0, downloadedBytes: 0, storedBytes: 0, outcomes: {} };

/** The sum of two counts. */
export function addCounts(left: SampleCounts, right: SampleCounts): SampleCounts {
  const outcomes = { ...left.outcomes };
  for (const [code, count] of Object.entries(right.outcomes) as [keyof typeof outcomes, number][])
    outcomes[code] = (outcomes[code] ?? 0) + count;
  return {
    packed: left.packed + right.packed,
    failed: left.failed + right.failed,
    downloadedBytes: left.downloadedBytes + right.downloadedBytes,
    storedBytes: left.storedBytes + right.storedBytes,
    outcomes,
  };
}

/** Counts the finished samples of each open shard. */
export class WorkerProgress {
  readonly #now: () => number;
  readonly #open = new Map<string, OpenShard>();
  readonly #pace: Pace;
  #rows = 0;
  #bytes = 0;
  #version = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#pace = new Pace(now());
  }

  /** Changes whenever the snapshot does. */
  get version(): number {
    return this.#version;
  }

  /** Begins to count an attempt at a shard with this number of rows. Drops the counts of an earlier attempt. */
  begin(shard: string, rows: number): void {
    this.#open.set(shard, { shard, rows, ...NO_SAMPLES });
    this.#version += 1;
  }

  /** Counts a finished sample of an open shard. */
  count(shard: string, { outcome, downloadedBytes = 0, storedBytes = 0 }: ManifestRow): void {
    this.#rows += 1;
    this.#bytes += downloadedBytes;
    this.#pace.mark(this.#now(), this.#rows, this.#bytes);
    this.#version += 1;
    const known = this.#open.get(shard);
    if (!known) return;
    const packed = outcome === "success" ? 1 : 0;
    const more = { packed, failed: 1 - packed, downloadedBytes, storedBytes, outcomes: { [outcome]: 1 } };
    this.#open.set(shard, { ...known, ...addCounts(known, more) });
  }

  /** Stops counting a shard, and returns its counts. */
  end(shard: string): SampleCounts {
    const counts = this.#open.get(shard) ?? NO_SAMPLES;
    if (this.#open.delete(shard)) this.#version += 1;
    return addCounts(counts, NO_SAMPLES);
  }

  /** The progress as other processes see it. */
  get snapshot(): Progress {
    return { open: [...this.#open.values()], marks: this.#pace.marks };
  }
}

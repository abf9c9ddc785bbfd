// Adds up the progress of a run: what was done before, and what its workers report.
import { type Mark, reckon } from "../../core/progress-speed.ts";
import type { FromWorker, OpenShard, Progress, SampleCounts } from "../../engine/messages.ts";
import type { RunEvent, Standing } from "../../job/events.ts";
import { addCounts, NO_SAMPLES } from "./worker-progress.ts";

/** The sum over open shards. */
export function openCounts(open: readonly OpenShard[]): SampleCounts {
  return open.reduce<SampleCounts>(addCounts, NO_SAMPLES);
}

/** Sums up what the workers of one run, or of one retry, report. */
export class RunProgress {
  readonly #rows: number;
  readonly #before: SampleCounts;
  readonly #workers = new Map<number, Progress>();
  #finished: SampleCounts = NO_SAMPLES;

  /** `rows` is the number of all rows; `before` are the samples that earlier starts committed. */
  constructor(rows: number, before: SampleCounts = NO_SAMPLES) {
    this.#rows = rows;
    this.#before = before;
  }

  /** Takes a message of a worker. */
  heard(message: FromWorker, worker: number): void {
    if (message.kind === "progress") this.#workers.set(worker, message);
    if (message.kind !== "shard") return;
    this.#finished = addCounts(this.#finished, message.counts);
    const known = this.#workers.get(worker);
    if (known) this.#workers.set(worker, { ...known, open: known.open.filter(({ shard }) => shard !== message.shard) });
  }

  /** Forgets a worker that is gone, with its open shards. */
  gone(worker: number): void {
    this.#workers.delete(worker);
  }

  /** The progress event of this moment. */
  event(now: number, isPaused: boolean): RunEvent & { event: "download_progress" } {
    const workers = [...this.#workers.values()];
    const { outcomes: _, ...counts } = addCounts(this.#finished, openCounts(workers.flatMap(({ open }) => open)));
    const all = addCounts(addCounts(this.#before, this.#finished), openCounts(workers.flatMap(({ open }) => open)));
    return {
      event: "download_progress",
      ...counts,
      ...standing(
        this.#rows,
        all,
        workers.map(({ marks }) => marks),
        now,
      ),
      isPaused,
    };
  }
}

/** Computes how far a download is, its pace and the time left. */
export function standing(rows: number, done: SampleCounts, paces: readonly (readonly Mark[])[], now: number): Standing {
  const rowsDone = done.packed + done.failed;
  return { rows, rowsDone, rowsPacked: done.packed, outcomes: done.outcomes, ...reckon(paces, rows - rowsDone, now) };
}

// Adds up the progress of a run: what was done before, and what its workers report.
import { type Mark, reckon } from "../../core/pace.ts";
import type { FromWorker, OpenShard, Progress, SampleCounts } from "../../engine/messages.ts";
import type { RunEvent, Standing } from "../../job/events.ts";
import { addCounts, NO_SAMPLES } from "./worker-progress.ts";

/** Adds up open shards. */
export function openCounts(open: readonly OpenShard[]): SampleCounts {
  return open.reduce<SampleCounts>(addCounts, NO_SAMPLES);
}

/** Follows the workers of one run, or of one retry. */
export class RunProgress {
  readonly #rows: number;
  readonly #before: SampleCounts;
  readonly #workers = new Map<number, Progress>();
  #finished: SampleCounts = NO_SAMPLES;

  /** `rows` there are in all; `before` is what earlier starts committed. */
  constructor(rows: number, before: SampleCounts = NO_SAMPLES) {
    this.#rows = rows;
    this.#before = before;
  }

  /** A worker said something. */
  heard(message: FromWorker, worker: number): void {
    if (message.kind === "progress") this.#workers.set(worker, message);
    if (message.kind !== "shard") return;
    this.#finished = addCounts(this.#finished, message.counts);
    const known = this.#workers.get(worker);
    if (known) this.#workers.set(worker, { ...known, open: known.open.filter(({ shard }) => shard !== message.shard) });
  }

  /** A worker is gone, and its open shards with it. */
  gone(worker: number): void {
    this.#workers.delete(worker);
  }

  /** What to tell at this moment. */
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

/** Reckons where a download stands: the one place that does. */
export function standing(rows: number, done: SampleCounts, paces: readonly (readonly Mark[])[], now: number): Standing {
  const rowsDone = done.packed + done.failed;
  return { rows, rowsDone, rowsPacked: done.packed, outcomes: done.outcomes, ...reckon(paces, rows - rowsDone, now) };
}

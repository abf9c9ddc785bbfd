// Says in words how far each stage is, how fast it goes and how long it will take.
import { formatBytes, formatCount, formatDuration, formatShare, plural } from "../../core/units.ts";
import type { RunEvent, Standing } from "../../job/events.ts";

/** Reasons of failures that are shown. */
const TOP_REASONS = 2;

/** `12.3 rows/s, 2 min 03 s left`, of a run or of its status. */
export function rateText({ rowsPerSecond, secondsLeft }: Pick<Standing, "rowsPerSecond" | "secondsLeft">): string {
  return [rowsText(rowsPerSecond), leftText(secondsLeft)].join(", ");
}

function rowsText(rate: number | undefined): string {
  return rate === undefined ? "? rows/s" : `${rate < 10 ? rate.toFixed(1) : formatCount(Math.round(rate))} rows/s`;
}

function leftText(seconds: number | undefined): string {
  return `${seconds === undefined ? "?" : formatDuration(1000 * seconds)} left`;
}

type DownloadProgress = RunEvent & { event: "download_progress" };

/** `2 min 03 s left`, or `paused`; empty if everything is done. */
export function downloadLeft({ rows, rowsDone, secondsLeft, isPaused }: DownloadProgress): string {
  if (isPaused) return "paused";
  return rowsDone >= rows ? "" : leftText(secondsLeft);
}

/** `123 of 4,567 rows, 12.3 rows/s, 87.0 % ok, 8.1 MB/s`. */
export function downloadText({ rows, rowsDone, rowsPacked, rowsPerSecond, bytesPerSecond = 0 }: DownloadProgress): string {
  // The number of rows is 0 in a repair, which only finds damaged rows as it goes.
  const done = rows > 0 ? `${formatCount(rowsDone)} of ${plural(rows, "row")}` : plural(rowsDone, "row");
  return `${done}, ${rowsText(rowsPerSecond)}, ${formatShare(rowsPacked, rowsDone)} ok, ${formatBytes(Math.round(bytesPerSecond))}/s`;
}

/** `http_404 8.1 %, dns_not_found 2.0 %`: the most frequent reasons why rows failed, as shares of the rows done. */
export function reasonsText({ outcomes, rowsDone }: DownloadProgress): string {
  return Object.entries(outcomes)
    .filter(([code]) => code !== "success")
    .sort(([, left], [, right]) => right - left)
    .slice(0, TOP_REASONS)
    .map(([code, count]) => `${code} ${formatShare(count, rowsDone)}`)
    .join(", ");
}

/** Start and end of each phase of a selection, in percent of its time, as measured. The check is outside this scale. */
const PHASE_SCALE: Readonly<Record<string, readonly [number, number]>> = {
  count: [0, 5],
  shuffle: [5, 80],
  write: [80, 100],
  check: [0, 100],
};

/** Follows the events of a selection on one scale over its phases. */
export class SelectionRate {
  #rows = 0;
  #startedAt = 0;
  #phase = "";
  #percentage = 0;
  #spilledBytes = 0;

  /** Takes the event that starts a selection; ignores others. */
  begin(event: RunEvent): void {
    if (event.event !== "selection_started") return;
    this.#rows = event.rows;
    this.#startedAt = performance.now();
  }

  /** Takes a progress event and returns the percentage over all phases. */
  follow(event: RunEvent & { event: "selection_progress" }): number {
    const [start, end] = PHASE_SCALE[event.phase] ?? [0, 100];
    this.#phase = event.phase;
    this.#spilledBytes = event.spilledBytes;
    this.#percentage = start + ((end - start) * Math.min(100, event.percentage)) / 100;
    return this.#percentage;
  }

  /** `9.1 s left`. */
  get left(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const share = this.#percentage / 100;
    return leftText(share > 0 ? (seconds * (1 - share)) / share : undefined);
  }

  /** `shuffle, 812,345 rows/s, 1.20 GB spilled`. */
  text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = seconds > 0 ? Math.round((this.#rows * this.#percentage) / 100 / seconds) : 0;
    const spill = this.#spilledBytes > 0 ? `, ${formatBytes(this.#spilledBytes)} spilled` : "";
    return `${this.#phase}, ${formatCount(rate)} rows/s${spill}`;
  }
}

/** Follows the events of `prep metadata`. */
export class FetchRate {
  #files = 0;
  #filesDone = 0;
  #bytes = 0;
  #bytesBefore = 0;
  #bytesDone = 0;
  #startedAt = 0;

  /** Takes an event; ignores those of other verbs. */
  follow(event: RunEvent): void {
    if (event.event === "fetch_started") {
      this.#files = event.files;
      this.#filesDone = event.filesDone;
      this.#bytes = event.bytes;
      this.#bytesBefore = event.bytesDone;
      this.#bytesDone = event.bytesDone;
      this.#startedAt = performance.now();
    } else if (event.event === "fetch_progress") {
      this.#filesDone = event.files;
      this.#bytesDone = event.bytes;
    }
  }

  /** `1 h 34 min left`. */
  get left(): string {
    const rate = this.#bytesPerSecond;
    return leftText(rate > 0 ? (this.#bytes - this.#bytesDone) / rate : undefined);
  }

  /** From 0 to 1. */
  get share(): number {
    return this.#bytes > 0 ? this.#bytesDone / this.#bytes : 1;
  }

  /** `3 of 128 files, 10.9 GB of 467 GB, 81.0 MB/s`. */
  text(): string {
    const files = `${formatCount(this.#filesDone)} of ${plural(this.#files, "file")}`;
    return `${files}, ${formatBytes(this.#bytesDone)} of ${formatBytes(this.#bytes)}, ${formatBytes(Math.round(this.#bytesPerSecond))}/s`;
  }

  get #bytesPerSecond(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return seconds > 0 ? Math.max(0, this.#bytesDone - this.#bytesBefore) / seconds : 0;
  }
}

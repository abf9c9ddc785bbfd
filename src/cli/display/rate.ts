// The process edge: what bars and lines have in common: how fast a download goes, and how long it will take.
import { formatBytes, formatCount, formatDuration, formatShare } from "../../core/units.ts";
import type { RunEvent } from "../../run/events.ts";

/** Follows a download's events. */
export class DownloadRate {
  #samples = 0;
  #doneBefore = 0;
  #startedAt = 0;
  #packed = 0;
  #failed = 0;
  #bytes = 0;

  /** Takes what the events say. */
  follow(event: RunEvent): void {
    if (event.event === "download_started") {
      this.#samples = event.samples;
      this.#doneBefore = event.samplesDone;
      this.#startedAt = performance.now();
    } else if (event.event === "download_progress") {
      this.#packed = event.packed;
      this.#failed = event.failed;
      this.#bytes = event.downloadedBytes;
    }
  }

  /** Samples done, those of earlier starts included, never more than there are. */
  get done(): number {
    return Math.min(this.#samples, this.#doneBefore + this.#packed + this.#failed);
  }

  /** All samples. */
  get samples(): number {
    return this.#samples;
  }

  /** `123/s, 87.0 % ok, 8.1 MB/s, 2 min 03 s left`. */
  text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const now = this.#packed + this.#failed;
    const rate = seconds > 0 ? now / seconds : 0;
    const left = rate > 0 ? formatDuration((1000 * (this.#samples - this.done)) / rate) : "?";
    return `${rate.toFixed(rate < 10 ? 1 : 0)}/s, ${formatShare(this.#packed, now)} ok, ${formatBytes(seconds > 0 ? this.#bytes / seconds : 0)}/s, ${left} left`;
  }
}

/** Where each phase of stage one begins and ends on one scale of 100; shares of time as measured, the check on top of them. */
const PHASE_SCALE: Readonly<Record<string, readonly [number, number]>> = {
  count: [0, 5],
  shuffle: [5, 80],
  write: [80, 100],
  check: [0, 100],
};

/** Follows a selection's events on one scale over its phases. */
export class SelectionRate {
  #rows = 0;
  #startedAt = 0;
  #phase = "";
  #percentage = 0;
  #spilledBytes = 0;

  /** Takes the event that begins a selection. */
  begin(event: RunEvent): void {
    if (event.event !== "selection_started") return;
    this.#rows = event.rows;
    this.#startedAt = performance.now();
  }

  /** Takes a progress event; returns the percentage over all phases. */
  follow(event: RunEvent & { event: "selection_progress" }): number {
    const [start, end] = PHASE_SCALE[event.phase] ?? [0, 100];
    this.#phase = event.phase;
    this.#spilledBytes = event.spilledBytes;
    this.#percentage = start + ((end - start) * Math.min(100, event.percentage)) / 100;
    return this.#percentage;
  }

  /** `shuffle, 812,345 rows/s, 9.1 s left, 1.20 GB spilled`. */
  text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const share = this.#percentage / 100;
    const rate = seconds > 0 ? Math.round((this.#rows * share) / seconds) : 0;
    const left = share > 0 ? formatDuration((1000 * seconds * (1 - share)) / share) : "?";
    const spill = this.#spilledBytes > 0 ? `, ${formatBytes(this.#spilledBytes)} spilled` : "";
    return `${this.#phase}, ${formatCount(rate)} rows/s, ${left} left${spill}`;
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

  /** Takes what the events say. */
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

  /** `3 of 128 files, 10.9 GB of 467 GB, 81.0 MB/s, 1 h 34 min left`. */
  text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = seconds > 0 ? Math.max(0, this.#bytesDone - this.#bytesBefore) / seconds : 0;
    const left = rate > 0 ? formatDuration((1000 * (this.#bytes - this.#bytesDone)) / rate) : "?";
    return `${formatCount(this.#filesDone)} of ${formatCount(this.#files)} files, ${formatBytes(this.#bytesDone)} of ${formatBytes(this.#bytes)}, ${formatBytes(Math.round(rate))}/s, ${left} left`;
  }
}

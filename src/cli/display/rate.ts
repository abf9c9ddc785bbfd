// The process edge: what bars and lines have in common: how fast a download goes, and how long it will take.
import { formatBytes, formatDuration, formatShare } from "../../core/units.ts";
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

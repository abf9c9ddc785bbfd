// Merges the waits of several workers into one notice at the start and one at the end.
import type { FromWorker } from "../engine/messages.ts";

/** Passes on the notices of workers. Of a wait it passes on only the first begin and the last end. */
export class MergedPauses {
  readonly #tell: (text: string, pause?: "begins" | "ends") => void;
  readonly #waiting = new Map<string, Set<number>>();

  constructor(tell: (text: string, pause?: "begins" | "ends") => void) {
    this.#tell = tell;
  }

  /** Takes a notice of a worker. */
  heard({ text, pause }: FromWorker & { kind: "notice" }, worker: number): void {
    if (!pause) {
      this.#tell(text);
      return;
    }
    const waiting = this.#waiting.get(pause.of) ?? new Set();
    this.#waiting.set(pause.of, waiting);
    const were = waiting.size;
    if (pause.isOver) waiting.delete(worker);
    else waiting.add(worker);
    if (were === 0 ? !pause.isOver : waiting.size === 0) this.#tell(text, pause.isOver ? "ends" : "begins");
  }

  /** Whether any worker waits. */
  get isAnybodyWaiting(): boolean {
    return [...this.#waiting.values()].some(({ size }) => size > 0);
  }

  /** Forgets the waits of a worker that is gone. */
  gone(worker: number): void {
    for (const waiting of this.#waiting.values()) waiting.delete(worker);
  }
}

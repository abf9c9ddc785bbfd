// Beside a text file and its rows: the lines that are none, counted, the first of them named.
import type { OnBadLine } from "./text-lines.ts";

/** Lines that are no rows. */
export interface SkippedLines {
  readonly count: number;
  /** The first of them. */
  readonly first: readonly { readonly line: number; readonly reason: string }[];
}

/** How many of them are named. */
export const NAMED_LINES = 20;

/** Counts lines and keeps the first. */
export class LineCount {
  #count = 0;
  readonly #first: { line: number; reason: string }[] = [];

  /** Counts one; may be handed on as a callback. */
  readonly add: OnBadLine = (line, reason) => {
    this.#count += 1;
    if (this.#first.length < NAMED_LINES) this.#first.push({ line, reason });
  };

  /** Lines whose place nobody asks for. */
  addUnnamed(count: number): void {
    this.#count += count;
  }

  /** All that were counted. */
  lines(): SkippedLines {
    return { count: this.#count, first: this.#first.sort((left, right) => left.line - right.line) };
  }
}

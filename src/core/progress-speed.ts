// Speed and time left, computed from marks of how much was done when.

/** How much was done by a time. `at` is in milliseconds of the epoch, so that marks of several processes can be added up. */
export interface Mark {
  readonly at: number;
  readonly rows: number;
  readonly bytes: number;
}

/** The speed and the time left; undefined while the marks say nothing yet. */
export interface Reckoning {
  readonly rowsPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** Older work says nothing about the present speed. */
const WINDOW_MS = 60_000;

/** Marks closer together than this are merged. */
const SPACING_MS = 2_000;

/** The recent marks of one process. */
export class Pace {
  readonly #marks: Mark[];

  constructor(now: number) {
    this.#marks = [{ at: now, rows: 0, bytes: 0 }];
  }

  /** Records the totals at a time. */
  mark(now: number, rows: number, bytes: number): void {
    const at = Math.max(now, this.#marks.at(-1)?.at ?? now);
    const [before, last] = this.#marks.slice(-2);
    if (before && last && last.at - before.at < SPACING_MS) this.#marks.pop();
    this.#marks.push({ at, rows, bytes });
    // One mark at the window's start or before it stays, because rows are counted from there.
    while (this.#marks.length > 2 && (this.#marks[1]?.at ?? at) <= at - WINDOW_MS) this.#marks.shift();
  }

  /** The marks, oldest first. */
  get marks(): readonly Mark[] {
    return [...this.#marks];
  }
}

/**
 * Computes speed and time left from the marks of all processes at work. While more rows remain than were done in the window, the rate of
 * the window counts. After that, the time that the last `remaining` rows took counts, up to now. So the time left grows when only slow rows
 * are left.
 */
export function reckon(paces: readonly (readonly Mark[])[], remaining: number, now: number): Reckoning {
  const [first, ...later] = timeline(paces.filter((marks) => marks.length > 0));
  const last = later.at(-1);
  if (!first || !last || last.rows <= first.rows) return {};
  const end = Math.max(now, last.at);
  const gained = last.rows - first.rows;
  const since = remaining > 0 && remaining <= gained ? timeOf([first, ...later], last.rows - remaining) : first.at;
  const rows = since === first.at ? gained : remaining;
  const rowsPerSecond = (1000 * rows) / Math.max(1, end - since);
  return {
    rowsPerSecond,
    bytesPerSecond: (1000 * (last.bytes - first.bytes)) / Math.max(1, end - first.at),
    secondsLeft: Math.max(0, remaining) / rowsPerSecond,
  };
}

/** The sum of several processes. Each stands still before its first mark and after its last. */
function timeline(paces: readonly (readonly Mark[])[]): Mark[] {
  const times = [...new Set(paces.flatMap((marks) => marks.map(({ at }) => at)))].sort((left, right) => left - right);
  return times.map((at) => {
    const parts = paces.map((marks) => between(marks, at));
    return { at, rows: parts.reduce((sum, { rows }) => sum + rows, 0), bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
}

/** How much one process had done by a time. */
function between(marks: readonly Mark[], at: number): { readonly rows: number; readonly bytes: number } {
  const index = marks.findLastIndex((mark) => mark.at <= at);
  const before = marks[index];
  const after = marks[index + 1];
  if (!before) return marks[0] ?? { rows: 0, bytes: 0 };
  if (!after) return before;
  const share = (at - before.at) / (after.at - before.at);
  return { rows: before.rows + share * (after.rows - before.rows), bytes: before.bytes + share * (after.bytes - before.bytes) };
}

/** When this number of rows was done. */
function timeOf(marks: readonly Mark[], rows: number): number {
  const index = marks.findLastIndex((mark) => mark.rows <= rows);
  const before = marks[index];
  const after = marks[index + 1];
  if (!before) return marks[0]?.at ?? 0;
  if (!after) return before.at;
  return before.at + ((rows - before.rows) / (after.rows - before.rows)) * (after.at - before.at);
}

// Counts the rows of a result, or gives a lower bound if that takes long.

/** Most rows that are counted. */
const MAX_ROWS = 1_000_000;
/** Longest time to count: a person waits for the prompt. */
const MAX_MS = 1000;
/** Rows between two readings of the clock. */
const ROWS_A_CHECK = 2048;

/** The first rows as texts, and a generator for the rest if there may be more. */
export async function firstRows(
  all: AsyncGenerator<readonly unknown[]>,
  most: number,
): Promise<{ rows: (string | null)[][]; rest?: AsyncGenerator<readonly unknown[]> }> {
  const rows: (string | null)[][] = [];
  while (rows.length < most) {
    const { value, done } = await all.next();
    if (done) return { rows };
    rows.push(value as (string | null)[]);
  }
  return { rows, rest: all };
}

/** Counts the rows to the end of a result. `isAll` is false if that takes long, is interrupted, or a value fails. */
export async function countRows(
  rest: AsyncGenerator<readonly unknown[]>,
  now = () => performance.now(),
): Promise<{ rows: number; isAll: boolean }> {
  const until = now() + MAX_MS;
  let rows = 0;
  try {
    for await (const _ of rest) {
      rows += 1;
      if (rows >= MAX_ROWS || (rows % ROWS_A_CHECK === 0 && now() > until)) return { rows, isAll: false };
    }
    return { rows, isAll: true };
  } catch {
    return { rows, isAll: false };
  }
}

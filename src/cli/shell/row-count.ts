// Counts the rows of a result, or says a lower bound when counting takes long.

/** Rows that are counted at most, */
const MAX_ROWS = 1_000_000;
/** and for how long: a person waits for the prompt. */
const MAX_MS = 1000;
/** Rows between two looks at the clock. */
const ROWS_A_LOOK = 2048;

/** The first rows as texts, and what gives the others where there are more. */
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

/** Counts the rows to the end of a result; `isAll` is false where that takes long, is interrupted, or meets a value that fails. */
export async function countRows(
  rest: AsyncGenerator<readonly unknown[]>,
  now = () => performance.now(),
): Promise<{ rows: number; isAll: boolean }> {
  const until = now() + MAX_MS;
  let rows = 0;
  try {
    for await (const _ of rest) {
      rows += 1;
      if (rows >= MAX_ROWS || (rows % ROWS_A_LOOK === 0 && now() > until)) return { rows, isAll: false };
    }
    return { rows, isAll: true };
  } catch {
    return { rows, isAll: false };
  }
}

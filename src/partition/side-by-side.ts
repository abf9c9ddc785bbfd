// Stage: partition. Pieces of work side by side: statements on several connections, results in order.
import type { Database } from "../sql/database.ts";

/** Runs one statement on whichever connection is free; returns how many rows it wrote. */
export type RunStatement = (sql: string) => Promise<number>;

/** Runs statements on whichever connection is free first; on each they follow each other. */
export function inTurns(databases: readonly Database[]): RunStatement {
  const free = [...databases];
  const waiting: ((database: Database) => void)[] = [];
  return async (sql) => {
    const database = free.pop() ?? (await new Promise<Database>((resolve) => waiting.push(resolve)));
    try {
      return await database.run(sql);
    } finally {
      const next = waiting.shift();
      if (next) next(database);
      else free.push(database);
    }
  };
}

/** Does a piece of work for each item, some side by side, and yields their results in order; when it ends, none is running. */
export async function* inOrder<I, T>(items: readonly I[], concurrency: number, work: (item: I) => Promise<T>): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  let next = 0;
  try {
    while (next < items.length || running.length > 0) {
      for (const item of items.slice(next, next + concurrency - running.length)) {
        next++;
        const started = work(item);
        // It is awaited in its turn; until then its failure must not count as unhandled.
        started.catch(() => undefined);
        running.push(started);
      }
      const first = running[0];
      if (first) yield await first;
      running.shift();
    }
  } finally {
    await Promise.allSettled(running);
  }
}

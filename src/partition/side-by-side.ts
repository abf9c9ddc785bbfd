// Does work side by side: statements on several connections, results in order.
import type { Database } from "../sql/database.ts";

/** Runs one statement and returns how many rows it wrote. */
export type RunStatement = (sql: string) => Promise<number>;

/** Runs each statement on the connection that is free first, and never two at a time on one connection. */
export function onFreeConnection(databases: readonly Database[]): RunStatement {
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

/** Does work for each item, some side by side, and yields the results in order. No work is left running when it ends. */
export async function* inOrder<I, T>(items: readonly I[], concurrency: number, work: (item: I) => Promise<T>): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  let next = 0;
  try {
    while (next < items.length || running.length > 0) {
      for (const item of items.slice(next, next + concurrency - running.length)) {
        next++;
        const started = work(item);
        // A failure counts as unhandled unless something listens before the result is awaited.
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

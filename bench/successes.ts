// Checks of bench:download: rows that a tool stored, and kinds of image by which two tools differ.
import { join } from "node:path";
import { Database } from "../src/sql/database.ts";
import { quoteText } from "../src/sql/text.ts";
import type { Picture } from "./source-pictures.ts";

/** Rows with the status success; both tools write `url` and `status` into NNNNN.parquet beside each shard. */
export async function successfulRows(output: string): Promise<Set<number>> {
  const database = await Database.open({ threads: 1, memoryLimitBytes: 1e9 });
  try {
    const rows = await database.rows(
      `SELECT regexp_extract(url, '/([0-9]+)\\.jpg$', 1)::INTEGER AS row FROM read_parquet(${quoteText(join(output, "*.parquet"))}, union_by_name = true)
       WHERE status = 'success'`,
    );
    const found = new Set(rows.map(({ row }) => Number(row)));
    if (found.size !== rows.length) throw new Error(`${output}: ${rows.length - found.size} rows are stored twice`);
    return found;
  } finally {
    database.close();
  }
}

/** Lines such as `gif: 12 only prep, 0 only img2dataset`; none if both stored the same rows. */
export function differences(
  pictures: readonly Picture[],
  left: { readonly name: string; readonly rows: ReadonlySet<number> },
  right: { readonly name: string; readonly rows: ReadonlySet<number> },
): string[] {
  const kinds = new Map<string, { left: number; right: number }>();
  pictures.forEach(({ kind }, row) => {
    const [inLeft, inRight] = [left.rows.has(row), right.rows.has(row)];
    if (inLeft === inRight) return;
    const counts = kinds.get(kind) ?? { left: 0, right: 0 };
    if (inLeft) counts.left += 1;
    else counts.right += 1;
    kinds.set(kind, counts);
  });
  return [...kinds].sort().map(([kind, counts]) => `${kind}: ${counts.left} only ${left.name}, ${counts.right} only ${right.name}`);
}

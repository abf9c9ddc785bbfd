// Writes small parquet files for tests with DuckDB.
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Database } from "../../src/sql/database.ts";
import { quoteText } from "../../src/sql/text.ts";
import { removeFolder } from "./remove-folder.ts";

/** Opens a small database; the caller closes it. */
export function openTestDatabase(): Promise<Database> {
  return Database.open({ threads: 2, memoryLimitBytes: 500_000_000 });
}

/** Writes the rows of a SELECT to a parquet file, with these key-value entries in its footer; returns the path. */
export async function writeParquet(
  path: string,
  select: string,
  footer: Readonly<Record<string, string>> = {},
  rowGroupRows = 122_880,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const database = await openTestDatabase();
  const entries = Object.entries(footer).map(([key, value]) => `${key}: ${quoteText(value)}`);
  const metadata = entries.length > 0 ? `, KV_METADATA {${entries.join(", ")}}` : "";
  try {
    await database.run(`COPY (${select}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE ${rowGroupRows}${metadata})`);
  } finally {
    database.close();
  }
  return path;
}

/** Runs a test with a temporary folder, and removes the folder afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "prep-test-"));
  try {
    return await work(folder);
  } finally {
    await removeFolder(folder);
  }
}

// The mark in the footer of prep's partitions, so that they are not corrected again.
import type { Database } from "../../sql/database.ts";
import { filesToRead } from "../../sql/text.ts";

/** The mark that a partition has in its parquet footer. */
export interface PartitionMark {
  /** Version of this mark. */
  readonly format: 1;
  readonly urlColumn: string;
  readonly captionColumn?: string;
  /** The data set of the selection's metadata, if it was recognised. */
  readonly dataset?: string;
}

/** The footer's key for the mark. */
export const MARK_KEY = "prep";

/** The footer entry of a partition, for `COPY ... (KV_METADATA {prep: '...'})`. */
export function partitionMark(mark: Omit<PartitionMark, "format">): { readonly key: string; readonly value: string } {
  return { key: MARK_KEY, value: JSON.stringify({ format: 1, ...mark }) };
}

/** The marks of the files that have one, by path. Throws SqlError if a footer cannot be read. */
export async function readMarks(database: Database, files: readonly { readonly path: string }[]): Promise<Map<string, PartitionMark>> {
  const marks = new Map<string, PartitionMark>();
  if (files.length === 0) return marks;
  const rows = await database.rows(
    `SELECT file_name AS path, TRY(decode(value)) AS mark FROM parquet_kv_metadata(${filesToRead(files.map(({ path }) => path))})
     WHERE key = '${MARK_KEY}'::BLOB`,
  );
  for (const { path, mark } of rows) {
    const parsed = typeof mark === "string" ? parseMark(mark) : undefined;
    if (typeof path === "string" && parsed) marks.set(path, parsed);
  }
  return marks;
}

/** Another program's footer may use the same key, so any other value counts as no mark. */
function parseMark(text: string): PartitionMark | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && "format" in value && "urlColumn" in value ? (value as PartitionMark) : undefined;
  } catch {
    return undefined;
  }
}

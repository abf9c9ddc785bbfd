// Reads a shard or sidecar to its end, in whatever format, and says what it holds.
import type { Database } from "../sql/database.ts";
import { storeAt } from "../store/store-at.ts";
import type { ExpectedFile, InspectedFile, OutputFormat } from "./output-format.ts";
import { formatOfPath, OUTPUT_FORMATS } from "./output-formats.ts";

/**
 * Reads a file of a shard by the format of its name. Rejects with ENOENT if it is missing. A parquet file that differs from
 * what is expected is not opened: the damage is known, and native code need not parse it.
 */
export async function inspectShard(path: string, database: Database, expected: ExpectedFile = {}): Promise<InspectedFile> {
  const isFolder = await storeAt(path).isFolder();
  const format = Object.values<OutputFormat>(OUTPUT_FORMATS).find((one) => isFolder && one.isFolder) ?? formatOfPath(path);
  return await format.inspect(path, database, expected);
}

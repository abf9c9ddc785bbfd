// What a further generation of a shard keeps of the one before.
import { OutputError } from "../../core/errors.ts";
import { isRefusal } from "../../core/outcome.ts";
import type { ManifestRow } from "../../manifest/manifest-row.ts";
import type { DownloadPlan } from "../../output/plans/download-plan.ts";
import type { KeyOrder } from "../../shard/key-order.ts";
import { salvagedSamples, storedSamples } from "../../shard/read-shards.ts";
import { sampleDigest } from "../../shard/sample-digest.ts";
import type { Database } from "../../sql/database.ts";
import { fileToWrite, parquetFiles, quoteName } from "../../sql/text.ts";

/** A further generation of a shard. */
export interface Redo {
  readonly generation: number;
  /** Rows that are kept, by their position. */
  readonly kept: ReadonlyMap<number, ManifestRow>;
  /** The old rows of those that are done again; empty if they cannot be read. */
  readonly before: ReadonlyMap<number, ManifestRow>;
  /** The shard with the samples of the kept successes; undefined if the format stores none. */
  readonly shardPath: string | undefined;
  /** Whether the shard is damaged. Then only samples whose digest is that of their row are kept. */
  readonly isDamaged?: boolean;
  /** If the rows are those of a sidecar of img2dataset: its path, and their keys in order. */
  readonly adopted?: { readonly sidecar: string; readonly keys: readonly string[] };
}

/** The row that counts: a refusal by an option does not replace an earlier failure of a server or the network. */
export function rowThatCounts(row: ManifestRow, before: ManifestRow | undefined): ManifestRow {
  const isKnown = before !== undefined && before.outcome !== "success" && !isRefusal(before.outcome);
  return isKnown && isRefusal(row.outcome) ? before : row;
}

/** Copies the kept rows and samples of the generation before into the new shard. Throws OutputError if a sample is missing. */
export async function takeOver(
  { kept, shardPath, isDamaged }: Redo,
  order: KeyOrder,
  manifest: ManifestRow[],
  signal: AbortSignal,
): Promise<void> {
  const successes = new Map<string, ManifestRow>();
  for (const row of kept.values()) {
    manifest[row.index] = row;
    if (row.outcome === "success" && shardPath !== undefined) successes.set(row.key, row);
    else await order.skip(row.index);
  }
  const read = isDamaged ? salvagedSamples : storedSamples;
  for await (const { key, entries } of shardPath !== undefined && successes.size > 0 ? read(shardPath) : []) {
    signal.throwIfAborted();
    const row = successes.get(key);
    if (!row || (isDamaged && sampleDigest(entries) !== row.sampleDigest)) continue;
    await order.put(row.index, key, entries);
    successes.delete(key);
  }
  const [missing] = successes.keys();
  if (missing !== undefined)
    throw new OutputError(`${shardPath} does not hold the sample ${missing} of its rows`, "Start prep verify first.");
}

/** The keys of the samples of a damaged shard whose digest is still right. */
export async function intactSamples(shardPath: string, rows: readonly ManifestRow[]): Promise<ReadonlySet<string>> {
  const digests = new Map(rows.map(({ key, sampleDigest: digest }) => [key, digest]));
  const intact = new Set<string>();
  for await (const { key, entries } of salvagedSamples(shardPath)) if (digests.get(key) === sampleDigest(entries)) intact.add(key);
  return intact;
}

/** Copies the rows of a sidecar, in the order of their keys, to an input of the attempt: publishing replaces the sidecar. */
export async function adoptedSlice({ sidecar, keys }: NonNullable<Redo["adopted"]>, path: string, plan: DownloadPlan, database: Database) {
  const columns = [plan.urlColumn, plan.captionColumn, ...plan.carried.map(({ source }) => source)].filter((name) => name !== undefined);
  const list = columns.map(quoteName).join(", ");
  await database.run(
    `COPY (SELECT ${list} FROM ${parquetFiles(sidecar)} ORDER BY length(key), key) TO ${fileToWrite(path)} (FORMAT parquet)`,
  );
  return { path, firstRow: 0, rows: keys.length };
}

// Compares a shard of img2dataset with its counts; img2dataset records no digests.
import { join } from "node:path";
import { plural } from "../../core/units.ts";
import { readSidecar } from "../../manifest/read-sidecar.ts";
import type { PeerStats } from "../../manifest/shard-record.ts";
import { inspectShard } from "../../shard/inspect-shard.ts";
import { findShard } from "../../shard/output-formats.ts";
import { SIDECAR_ENDING } from "../../shard/shard-names.ts";
import type { Database } from "../../sql/database.ts";
import type { Findings } from "./findings.ts";
import type { VerifiedShard } from "./verify-shard.ts";

/** Reads a shard of img2dataset and reports what is torn or disagrees. Changed bytes inside a picture cannot be found. */
export async function verifyImg2datasetShard(
  output: string,
  name: string,
  stats: PeerStats,
  present: ReadonlySet<string>,
  database: Database,
  findings: Findings,
): Promise<VerifiedShard> {
  const sidecarFile = name + SIDECAR_ENDING;
  const { file: shardFile = sidecarFile } = (await findShard(name, (file) => present.has(file))) ?? {};
  let bytes = 0;
  const add = (kind: "missing" | "torn" | "contents", file: string, text: string) => findings.add({ kind, file, text, shard: name });
  try {
    const seen = await inspectShard(join(output, shardFile), database);
    bytes += seen.bytes;
    if (seen.torn !== undefined) add("torn", shardFile, seen.torn);
    const { rows } = await readSidecar(database, join(output, sidecarFile));
    if (rows.length !== stats.count)
      add("contents", sidecarFile, `it has ${plural(rows.length, "row")}, ${name}_stats.json counts ${stats.count}`);
    const wanted = rows.filter(({ outcome }) => outcome === "success").map(({ key }) => key);
    if (wanted.length !== stats.successes)
      add("contents", sidecarFile, `it has ${wanted.length} successes, ${name}_stats.json counts ${stats.successes}`);
    const found = new Set(seen.samples?.map(({ key }) => key));
    const missing = wanted.find((key) => !found.has(key));
    if (missing !== undefined) add("contents", shardFile, `the sample ${missing} is missing, but its row says success`);
    if (found.size > wanted.length)
      add("contents", shardFile, `it holds ${plural(found.size, "sample")} for ${plural(wanted.length, "success", "successes")}`);
    return { rows: rows.length, bytes };
  } catch (error) {
    const isMissing = !present.has(sidecarFile);
    add(isMissing ? "missing" : "torn", sidecarFile, isMissing ? "it is missing" : `it cannot be read: ${firstLine(error)}`);
    return { rows: 0, bytes };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

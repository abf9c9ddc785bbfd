// The conductor, reading back: a shard of img2dataset, which has counts but no digests; what is torn or disagrees is found.
import { join } from "node:path";
import { plural } from "../../core/units.ts";
import { readSidecar } from "../../manifest/read-sidecar.ts";
import type { PeerStats } from "../../manifest/shard-record.ts";
import type { Database } from "../../sql/database.ts";
import type { Findings } from "./findings.ts";
import { readShardFile } from "./shard-samples.ts";
import type { VerifiedShard } from "./verify-shard.ts";

/** Reads a shard of img2dataset back. Flipped bytes inside a picture cannot be seen: nobody recorded what they were. */
export async function verifyPeerShard(
  output: string,
  name: string,
  stats: PeerStats,
  present: ReadonlySet<string>,
  database: Database,
  findings: Findings,
): Promise<VerifiedShard> {
  const shardFile = [`${name}.tar`, `${name}.tfrecord`, name].find((file) => present.has(file));
  const sidecarFile = `${name}.parquet`;
  let bytes = 0;
  const add = (kind: "missing" | "torn" | "contents", file: string, text: string) => findings.add({ kind, file, text, shard: name });
  try {
    const seen = await readShardFile(join(output, shardFile ?? sidecarFile), database);
    bytes += seen.bytes;
    if (seen.torn !== undefined) add("torn", shardFile ?? sidecarFile, seen.torn);
    const { rows } = await readSidecar(database, join(output, sidecarFile));
    if (rows.length !== stats.count)
      add("contents", sidecarFile, `it has ${plural(rows.length, "row")}, ${name}_stats.json counts ${stats.count}`);
    const wanted = rows.filter(({ outcome }) => outcome === "success").map(({ key }) => key);
    if (wanted.length !== stats.successes)
      add("contents", sidecarFile, `it has ${wanted.length} successes, ${name}_stats.json counts ${stats.successes}`);
    const found = new Set(seen.samples?.map(({ key }) => key));
    const missing = wanted.find((key) => !found.has(key));
    if (missing !== undefined) add("contents", shardFile ?? sidecarFile, `the sample ${missing}, a success in the rows, is not there`);
    if (found.size > wanted.length)
      add(
        "contents",
        shardFile ?? sidecarFile,
        `it holds ${plural(found.size, "sample")} for ${plural(wanted.length, "success", "successes")}`,
      );
    return { rows: rows.length, bytes };
  } catch (error) {
    const isMissing = !present.has(sidecarFile);
    add(isMissing ? "missing" : "torn", sidecarFile, isMissing ? "it is not there" : `it cannot be read: ${message(error)}`);
    return { rows: 0, bytes };
  }
}

function message(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

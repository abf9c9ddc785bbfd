// Reads an output folder for assertions: sidecar rows, samples, digests, and problems.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { LoadedSample } from "../../src/shard/loaded-sample.ts";
import { OUTPUT_FORMATS } from "../../src/shard/output-formats.ts";
import { readShards, shardPaths } from "../../src/shard/read-shards.ts";
import type { JsonRow } from "../../src/sql/database.ts";
import { filesMatching, readPattern } from "../../src/sql/text.ts";
import { openTestDatabase } from "./parquet.ts";

const ENDINGS: ReadonlySet<string> = new Set([".parquet", ...Object.values(OUTPUT_FORMATS).flatMap(({ ending }) => ending || [])]);

/** Runs a query in a database of its own and returns its rows. */
export async function query(sql: string): Promise<JsonRow[]> {
  const database = await openTestDatabase();
  try {
    return await database.rows(sql);
  } finally {
    database.close();
  }
}

/** Reads all sidecar rows of an output, in key order. */
export async function sidecarRows(output: string): Promise<JsonRow[]> {
  return await query(
    `SELECT * FROM read_parquet(${filesMatching(join(readPattern(output), "[0-9]*.parquet"))}, hive_partitioning = false) ORDER BY key`,
  );
}

/** Reads all samples of an output in any format. */
export async function loadedSamples(output: string): Promise<LoadedSample[]> {
  const samples: LoadedSample[] = [];
  for await (const sample of readShards(output)) samples.push(sample);
  return samples;
}

/** Whether a name is that of a shard or sidecar that is one file. */
const isShardFile = (name: string) => /^\d+$/.test(name.split(".")[0] ?? "") && ENDINGS.has(extname(name));

/** SHA-256 of every tar of an output, by file name. */
export async function tarDigests(output: string): Promise<Record<string, string>> {
  return await digests((await shardPaths(output)).filter((path) => path.endsWith(".tar")));
}

/** SHA-256 of files, by file name. */
export async function digests(paths: readonly string[]): Promise<Record<string, string>> {
  const entries = paths.map(async (path) => [
    basename(path),
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

/**
 * Checks a finished output and returns everything that is wrong. Every input row must have exactly one sidecar row, and a
 * sample if and only if it is a success. Digests must be as recorded, and no temporary file may be left.
 */
export async function faultsOf(output: string, inputRows: number): Promise<string[]> {
  const faults: string[] = [];
  const rows = await sidecarRows(output);
  if (rows.length !== inputRows) faults.push(`${rows.length} sidecar rows for ${inputRows} input rows`);
  if (new Set(rows.map(({ key }) => key)).size !== rows.length) faults.push("keys repeat in the sidecars");
  const packed = (await loadedSamples(output)).map(({ key }) => key);
  const succeeded = rows.filter(({ status }) => status === "success").map(({ key }) => String(key));
  if (packed.join() !== succeeded.join()) faults.push(`${packed.length} samples in shards, ${succeeded.length} successes in sidecars`);
  const names = await readdir(output);
  const found = await digests(names.filter((name) => isShardFile(name)).map((name) => join(output, name)));
  for (const name of names.filter((name) => name.endsWith("_stats.json"))) {
    const record = JSON.parse(await readFile(join(output, name), "utf8")) as { files: { name: string; sha256?: string }[] };
    for (const file of record.files) {
      if (!names.includes(file.name)) faults.push(`${file.name} is recorded and not there`);
      if (file.sha256 !== undefined && found[file.name] !== file.sha256) faults.push(`${file.name} is not as recorded`);
    }
  }
  const shardFiles = names.filter((name) => isShardFile(name));
  for (const name of shardFiles) {
    if (!names.includes(`${name.split(".")[0]}_stats.json`)) faults.push(`${name} has no record`);
  }
  const left = await readdir(join(output, "_prep", "tmp")).catch(() => []);
  if (left.length > 0) faults.push(`left over: ${left.join(", ")}`);
  return faults;
}

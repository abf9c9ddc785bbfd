// The conductor, reading back: one shard, its files against its record, its samples against its rows, its rows against the plan.
import { join } from "node:path";
import { sampleKey } from "../../core/keys.ts";
import { plural } from "../../core/units.ts";
import { readSidecar, type SidecarRows } from "../../manifest/read-sidecar.ts";
import { type RecordCounts, recordCounts, type ShardRecord } from "../../manifest/shard-record.ts";
import { inspectShard } from "../../shard/inspect-shard.ts";
import type { InspectedFile } from "../../shard/output-format.ts";
import { formatOfPath, storesSamples } from "../../shard/output-formats.ts";
import { SIDECAR_ENDING } from "../../shard/shard-names.ts";
import type { Database } from "../../sql/database.ts";
import { exists, temporaryFolder } from "../../store/commit.ts";
import { errorCode } from "../../store/durable.ts";
import type { DownloadPlan } from "../download-plan.ts";
import { shardSlice } from "../shard-plan.ts";
import type { Findings } from "./findings.ts";

/** A shard to be read back. */
export interface ShardToVerify {
  readonly name: string;
  readonly record: ShardRecord;
  /** The plan that the shard belongs to; undefined where img2dataset planned it. */
  readonly plan: DownloadPlan | undefined;
}

/** What reading a shard back took in. */
export interface VerifiedShard {
  readonly rows: number;
  readonly bytes: number;
}

/** Reads a shard back and adds what is wrong with it to the findings. */
export async function verifyShard(output: string, shard: ShardToVerify, database: Database, findings: Findings): Promise<VerifiedShard> {
  const { name, record, plan } = shard;
  const add = (kind: "contents" | "record", file: string, text: string) => findings.add({ kind, file, text, shard: name });
  let bytes = 0;
  let isSound = true;
  const seen = new Map<string, InspectedFile>();
  for (const file of record.files) {
    const found = await readCommitted(output, shard, file, database, findings);
    bytes += found?.bytes ?? 0;
    if (found) seen.set(file.name, found);
    else isSound = false;
  }
  if (!isSound) return { rows: 0, bytes };
  const sidecarName = record.files.at(-1)?.name ?? "";
  if (!sidecarName.endsWith(SIDECAR_ENDING)) {
    add("record", `${name}_stats.json`, "it names no parquet of rows");
    return { rows: 0, bytes };
  }
  let sidecar: SidecarRows;
  try {
    sidecar = await readSidecar(database, join(output, sidecarName));
  } catch (error) {
    add("contents", sidecarName, `it cannot be read: ${error instanceof Error ? error.message.split("\n", 1)[0] : String(error)}`);
    return { rows: 0, bytes };
  }
  for (const text of [...countFaults(record, sidecar), ...(plan ? planFaults(record, sidecar, plan) : [])])
    add("contents", sidecarName, text);
  const [shardFile] = record.files;
  const samples = shardFile && seen.get(shardFile.name)?.samples;
  if (shardFile && samples) {
    // Without a plan, a parquet file without pictures is the sidecar of an output that stores no samples.
    const isShard = plan ? storesSamples(plan.shape.outputFormat) : shardFile.name !== sidecarName || samples.length > 0;
    if (isShard) for (const text of sampleFaults(sidecar, samples, shardFile.name, plan)) add("contents", shardFile.name, text);
  }
  return { rows: sidecar.rows.length, bytes };
}

/** A file that is as its record has it; undefined, and a finding, where it is not. */
async function readCommitted(
  output: string,
  { name, record }: ShardToVerify,
  file: ShardRecord["files"][number],
  database: Database,
  findings: Findings,
): Promise<InspectedFile | undefined> {
  const add = (kind: "missing" | "size" | "digest" | "torn" | "unpublished", text: string) =>
    findings.add({ kind, file: file.name, text, ...(kind === "unpublished" ? {} : { shard: name }) });
  // Committed, and its publication cut short or under way: the file that counts is still with its attempt.
  if (await exists(join(temporaryFolder(output), record.attempt, file.name))) {
    add("unpublished", "it is committed and does not have its name yet; any start of prep on this output gives it");
    return undefined;
  }
  let seen: InspectedFile;
  try {
    seen = await inspectShard(join(output, file.name), database, file);
  } catch (error) {
    const code = errorCode(error);
    add(code === "ENOENT" ? "missing" : "torn", code === "ENOENT" ? "it is recorded and not there" : `it cannot be read: ${String(error)}`);
    return undefined;
  }
  const digest = file.sha256 ?? file.tree_sha256;
  if (seen.bytes !== file.bytes) add("size", `it has ${plural(seen.bytes, "byte")}, its record says ${file.bytes}`);
  else if (digest !== undefined && seen.sha256 !== digest) add("digest", "its bytes are not those of its record (SHA-256)");
  else if (seen.torn !== undefined) add("torn", seen.torn);
  else return seen;
  return undefined;
}

/** Whether the record counts what the rows say. */
function* countFaults(record: ShardRecord, { rows, messages, isOurs }: SidecarRows): Generator<string> {
  const wanted: Partial<RecordCounts> = recordCounts(rows, messages);
  const names = isOurs
    ? (Object.keys(wanted) as (keyof RecordCounts)[])
    : (["count", "successes", "failed_to_download", "failed_to_resize"] as const);
  for (const name of names) {
    const found = JSON.stringify(sorted(record[name]));
    const own = JSON.stringify(sorted(wanted[name]));
    if (found !== own) yield `the record's ${name} is ${found}, its rows make it ${own}`;
  }
}

function sorted(value: unknown): unknown {
  return value !== null && typeof value === "object" ? Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)) : value;
}

/** Whether the rows are those that the plan gave to the shard. */
function* planFaults(record: ShardRecord, { rows, isOrdered }: SidecarRows, plan: DownloadPlan): Generator<string> {
  const slice = shardSlice(plan.shards, record.shard);
  if (rows.length !== slice.rows) yield `it has ${plural(rows.length, "row")}, the plan gives it ${slice.rows}`;
  if (!isOrdered) yield "its rows are not in the order of their keys";
  const { samplesPerShard, shardDigits } = plan.shape;
  const wrong = rows.findIndex(({ key }, index) => key !== sampleKey(record.shard, index, samplesPerShard, shardDigits));
  if (wrong >= 0) yield `row ${wrong} has the key ${rows[wrong]?.key}`;
}

/** Whether each success is in the shard once, whole and in order, and nothing else is. */
function* sampleFaults(
  { rows }: SidecarRows,
  samples: NonNullable<InspectedFile["samples"]>,
  shardFile: string,
  plan: DownloadPlan | undefined,
): Generator<string> {
  const wanted = rows.filter(({ outcome }) => outcome === "success").map(({ key }) => key);
  const found = samples.map(({ key }) => key);
  // img2dataset packs in the order in which pictures arrive.
  if (!plan) found.sort();
  const differs = wanted.findIndex((key, index) => found[index] !== key);
  if (differs >= 0) yield `sample ${differs} is ${found[differs] ?? "not there"}, the rows have ${wanted[differs]} as a success`;
  else if (found.length > wanted.length) yield `it holds ${found[wanted.length]}, which is no success in the rows`;
  if (!formatOfPath(shardFile).hasMembers) return;
  for (const { key, extensions } of samples) {
    const others = extensions.filter((extension) => extension !== "json" && extension !== "txt");
    const hasText = extensions.includes("txt");
    const isWhole = others.length === 1 && extensions.includes("json") && new Set(extensions).size === extensions.length;
    if (!isWhole || (plan && hasText !== plan.shape.withCaption)) yield `the sample ${key} consists of ${extensions.join(", ")}`;
  }
}

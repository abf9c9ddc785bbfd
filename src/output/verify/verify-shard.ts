// Compares one shard with its record, its samples with its rows, and its rows with the plan.
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
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import type { DownloadPlan } from "../plans/download-plan.ts";
import { shardSlice } from "../plans/shard-plan.ts";
import { visibleRecord } from "../records/generations.ts";
import type { Findings } from "./findings.ts";

/** A shard to verify. */
export interface ShardToVerify {
  readonly name: string;
  readonly record: ShardRecord;
  /** The plan that the shard belongs to; undefined if the output was begun by img2dataset. */
  readonly plan: DownloadPlan | undefined;
}

/** How much was read of a shard. */
export interface VerifiedShard {
  readonly rows: number;
  readonly bytes: number;
}

/** Reads a shard and reports what is wrong with it. */
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
    add("record", visibleRecord(name), "it names no parquet file with the rows");
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

/** Reads a file of the shard. Undefined, with a finding, if it differs from its record. */
async function readCommitted(
  output: string,
  { name, record }: ShardToVerify,
  file: ShardRecord["files"][number],
  database: Database,
  findings: Findings,
): Promise<InspectedFile | undefined> {
  const add = (kind: "missing" | "size" | "digest" | "torn" | "unpublished", text: string) =>
    findings.add({ kind, file: file.name, text, ...(kind === "unpublished" ? {} : { shard: name }) });
  // The commit was interrupted, or is going on: the committed file is still in the folder of its attempt.
  if (await storeAt(output).isUnpublished(record, file.name)) {
    add("unpublished", "it is committed but not yet in place; the next start of prep on this output moves it there");
    return undefined;
  }
  let seen: InspectedFile;
  try {
    seen = await inspectShard(join(output, file.name), database, file);
  } catch (error) {
    const code = errorCode(error);
    add(code === "ENOENT" ? "missing" : "torn", code === "ENOENT" ? "it is recorded but missing" : `it cannot be read: ${String(error)}`);
    return undefined;
  }
  const digest = file.sha256 ?? file.tree_sha256;
  if (seen.bytes !== file.bytes) add("size", `it has ${plural(seen.bytes, "byte")}, its record says ${file.bytes}`);
  else if (digest !== undefined && seen.sha256 !== digest) add("digest", "its SHA-256 differs from its record");
  else if (seen.torn !== undefined) add("torn", seen.torn);
  else return seen;
  return undefined;
}

/** Says where the record's counts differ from those of the rows. */
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

/** Says where the rows differ from those that the plan gives to the shard. */
function* planFaults(record: ShardRecord, { rows, isOrdered }: SidecarRows, plan: DownloadPlan): Generator<string> {
  const slice = shardSlice(plan.shards, record.shard);
  if (rows.length !== slice.rows) yield `it has ${plural(rows.length, "row")}, the plan gives it ${slice.rows}`;
  if (!isOrdered) yield "its rows are not in the order of their keys";
  const { samplesPerShard, shardDigits } = plan.shape;
  const wrong = rows.findIndex(({ key }, index) => key !== sampleKey(record.shard, index, samplesPerShard, shardDigits));
  if (wrong >= 0) yield `row ${wrong} has the key ${rows[wrong]?.key}`;
}

/** Says where the samples differ from the successes of the rows, or are not whole. */
function* sampleFaults(
  { rows }: SidecarRows,
  samples: NonNullable<InspectedFile["samples"]>,
  shardFile: string,
  plan: DownloadPlan | undefined,
): Generator<string> {
  const wanted = rows.filter(({ outcome }) => outcome === "success").map(({ key }) => key);
  const found = samples.map(({ key }) => key);
  // img2dataset packs pictures in the order of their arrival.
  if (!plan) found.sort();
  const differs = wanted.findIndex((key, index) => found[index] !== key);
  if (differs >= 0) yield `sample ${differs} is ${found[differs] ?? "missing"}, where the rows have ${wanted[differs]} as a success`;
  else if (found.length > wanted.length) yield `it holds ${found[wanted.length]}, which the rows do not have as a success`;
  if (!formatOfPath(shardFile).hasMembers) return;
  for (const { key, extensions } of samples) {
    const others = extensions.filter((extension) => extension !== "json" && extension !== "txt");
    const hasText = extensions.includes("txt");
    const isWhole = others.length === 1 && extensions.includes("json") && new Set(extensions).size === extensions.length;
    if (!isWhole || (plan && hasText !== plan.shape.withCaption)) yield `the sample ${key} consists of ${extensions.join(", ")}`;
  }
}

// The conductor, reading back: the record of a shard as it is on disk, its seal and what it says of itself.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type PeerStats, READABLE_RECORD_VERSIONS, type ShardRecord } from "../../manifest/shard-record.ts";
import { errorCode } from "../../store/durable.ts";
import { hasOwnNames } from "../../store/own-names.ts";
import { sealState } from "../../store/seal.ts";
import type { DownloadPlan } from "../download-plan.ts";
import { type Generations, generationRecord, visibleRecord } from "../generations.ts";
import type { Findings } from "./findings.ts";

/** A shard's record: ours, or the one of img2dataset, which speaks of counts alone. */
export type RecordBack = { readonly kind: "own"; readonly record: ShardRecord } | { readonly kind: "peer"; readonly record: PeerStats };

/** Reads the record that counts, and its copy that readers know; undefined, with findings, where it is damaged. */
export async function readRecordBack(
  output: string,
  name: string,
  latest: Generations,
  plan: DownloadPlan | undefined,
  findings: Findings,
): Promise<RecordBack | undefined> {
  const generation = latest.get(name) ?? 0;
  const file = generationRecord(name, generation);
  const add = (text: string, of = file) => findings.add({ kind: "record", file: of, text, shard: name });
  let text: string | undefined;
  try {
    text = await textOf(join(output, file));
  } catch (error) {
    const isFolder = errorCode(error) === "EISDIR";
    // What this user may not read is no damage of the shard: it must not be done again.
    return void findings.add({ kind: "record", file, text: `it cannot be read: ${String(error)}`, ...(isFolder ? { shard: name } : {}) });
  }
  if (text === undefined) return void add("it is not there");
  const parsed = parse(text);
  if (parsed === undefined) return void add("it is damaged: no JSON");
  if (parsed["format_version"] === undefined && generation === 0 && plan === undefined && typeof parsed["count"] === "number") {
    return { kind: "peer", record: parsed as unknown as PeerStats };
  }
  const record = parsed as unknown as ShardRecord;
  if (!hasOwnNames(record)) return void add("it names files outside of the output: no version of prep wrote it");
  if (typeof record.format_version !== "number") return void add("it is damaged: it is no record of a shard");
  if (!READABLE_RECORD_VERSIONS.includes(record.format_version)) {
    // No damage of the shard: it must not be done again.
    return void findings.add({ kind: "record", file, text: `it is of format ${record.format_version}, which this version does not read` });
  }
  const state = sealState(text);
  if (state === "broken" || (record.format_version > 1 && state === "unsealed"))
    return void add("it is damaged: its text is not the one that was written");
  if (record.shard !== Number(name) || record.generation !== generation)
    return void add(`it is the record of shard ${record.shard}, generation ${record.generation}`);
  if (plan && record.run !== plan.run) return void add(`it belongs to the run ${record.run}, the plan is of ${plan.run}`);
  const copy = generation > 0 ? await textOf(join(output, visibleRecord(name))).catch(() => undefined) : text;
  if (copy !== text) {
    findings.add({ kind: "unpublished", file: visibleRecord(name), text: `it is not yet, or not any more, a copy of ${file}` });
  }
  return { kind: "own", record };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

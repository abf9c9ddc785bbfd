// Checks the record of a shard: its text, its seal, and that it belongs to this shard and run.
import { type PeerStats, READABLE_RECORD_VERSIONS, type ShardRecord } from "../../manifest/shard-record.ts";
import { hasSafeNames } from "../../store/safe-names.ts";
import { sealState } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import type { DownloadPlan } from "../plans/download-plan.ts";
import { type Generations, generationRecord, visibleRecord } from "../records/generations.ts";
import type { Findings } from "./findings.ts";

/** A record that can be trusted: ours, or img2dataset's, which has counts only. */
export type VerifiedRecord = { readonly kind: "own"; readonly record: ShardRecord } | { readonly kind: "peer"; readonly record: PeerStats };

/** Reads the record of a shard's latest generation and its public copy. Undefined, with findings, if the record is damaged. */
export async function verifyRecord(
  output: string,
  name: string,
  latest: Generations,
  plan: DownloadPlan | undefined,
  findings: Findings,
): Promise<VerifiedRecord | undefined> {
  const generation = latest.get(name) ?? 0;
  const file = generationRecord(name, generation);
  const add = (text: string, of = file) => findings.add({ kind: "record", file: of, text, shard: name });
  let text: string | undefined;
  try {
    text = await readText(output, file);
  } catch (error) {
    const isFolder = errorCode(error) === "EISDIR";
    // A record that this user may not read does not make the shard worth repairing.
    return void findings.add({ kind: "record", file, text: `it cannot be read: ${String(error)}`, ...(isFolder ? { shard: name } : {}) });
  }
  if (text === undefined) return void add("it is missing");
  const parsed = parseObject(text);
  if (parsed === undefined) return void add("it is damaged: it is not JSON");
  if (parsed["format_version"] === undefined && generation === 0 && plan === undefined && typeof parsed["count"] === "number") {
    return { kind: "peer", record: parsed as unknown as PeerStats };
  }
  const record = parsed as unknown as ShardRecord;
  if (!hasSafeNames(record)) return void add("it names files outside the output, which no version of prep does");
  if (typeof record.format_version !== "number") return void add("it is damaged: it is not the record of a shard");
  if (!READABLE_RECORD_VERSIONS.includes(record.format_version)) {
    // The shard of a later version is not damaged.
    return void findings.add({
      kind: "record",
      file,
      text: `its format version ${record.format_version} is unknown to this version of prep`,
    });
  }
  const state = sealState(text);
  if (state === "broken" || (record.format_version > 1 && state === "unsealed"))
    return void add("it is damaged: its text differs from what was written");
  if (record.shard !== Number(name) || record.generation !== generation)
    return void add(`it is the record of shard ${record.shard}, generation ${record.generation}`);
  if (plan && record.run !== plan.run) return void add(`it belongs to the run ${record.run}, and the plan to the run ${plan.run}`);
  const copy = generation > 0 ? await readText(output, visibleRecord(name)).catch(() => undefined) : text;
  if (copy !== text) {
    findings.add({ kind: "unpublished", file: visibleRecord(name), text: `it should be a copy of ${file} and is not` });
  }
  return { kind: "own", record };
}

async function readText(output: string, file: string): Promise<string | undefined> {
  try {
    return await storeAt(output).readText(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

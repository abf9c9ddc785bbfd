// Reads a whole output and compares it with its records: partitions, plans, shards, summaries.
import { availableParallelism } from "node:os";
import { OutputError } from "../../core/errors.ts";
import { shardName } from "../../core/keys.ts";
import { filesListedForOpenClip, storesSamples } from "../../shard/output-formats.ts";
import { parseShardFileName, RECORD_ENDING } from "../../shard/shard-names.ts";
import { Database } from "../../sql/database.ts";
import { storeAt } from "../../store/store-at.ts";
import { nothingFinished } from "../names/output-folder.ts";
import type { DownloadPlan, StoredPlan } from "../plans/download-plan.ts";
import { isPlannedBy, recordNames } from "../records/committed-shards.ts";
import { latestGenerations } from "../records/generations.ts";
import { type Finding, Findings } from "./findings.ts";
import { verifyImg2datasetShard } from "./verify-img2dataset-shard.ts";
import { verifyPlans } from "./verify-plans.ts";
import { verifyRecord } from "./verify-record.ts";
import { verifySelection } from "./verify-selection.ts";
import { verifyShard } from "./verify-shard.ts";
import { verifySummaries } from "./verify-summaries.ts";

/** The result of a verification. */
export interface VerifyReport {
  readonly output: string;
  /** Shards that were read. */
  readonly shards: number;
  /** Planned shards without a record. */
  readonly shardsUndone: number;
  /** Shards of img2dataset, which records no digests to compare. */
  readonly foreignShards: number;
  readonly partitions: number;
  readonly rows: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Findings that are damage. */
  readonly damage: number;
  /** Findings that the next start of the run clears up. */
  readonly unfinished: number;
  readonly damagedShards: readonly string[];
  /** The first thousand. */
  readonly findings: readonly Finding[];
}

/** What a verification needs of its process. */
export interface VerifyEffects {
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (done: { readonly shards: number; readonly of: number; readonly bytes: number }) => void;
}

/** Memory of the database that reads sidecars and parquet shards. */
const DATABASE_BYTES = 1e9;

/** Shards read at a time: one is hashed while the disk fetches the next. */
const MAX_READERS = 8;

/** Reads everything and writes nothing. Throws OutputError if the folder is no output, and the signal's reason if it aborts. */
export async function verifyOutput(output: string, effects: VerifyEffects): Promise<VerifyReport> {
  const startedAt = effects.now();
  const findings = new Findings(effects.onFinding);
  const present = await topNames(output);
  const latest = await latestGenerations(output);
  const plans = await verifyPlans(output, findings);
  const names = [...recordNames(present, latest)].sort();
  const selection = await verifySelection(output, present, findings);
  if (plans.length === 0 && names.length === 0 && !selection && findings.damage === 0) throw await nothingFinished(output);
  const database = await Database.open({ threads: Math.min(4, availableParallelism()), memoryLimitBytes: DATABASE_BYTES });
  const totals = { shards: 0, foreign: 0, rows: 0, bytes: selection?.bytes ?? 0 };
  const sizes = new Map<string, number>();
  const pending = [...names].reverse();
  try {
    const readers = Array.from({ length: Math.min(MAX_READERS, 2 * availableParallelism()) }, async () => {
      for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
        effects.signal.throwIfAborted();
        const plan = planOfShard(plans, name);
        const record = await verifyRecord(output, name, latest, plan, findings);
        totals.shards += 1;
        if (record === undefined) continue;
        const isPeers = record.kind === "peer";
        if (isPeers) totals.foreign += 1;
        const { rows, bytes } = isPeers
          ? await verifyImg2datasetShard(output, name, record.record, present, database, findings)
          : await verifyShard(output, { name, record: record.record, plan }, database, findings);
        totals.rows += rows;
        totals.bytes += bytes;
        const file = isPeers ? filesListedForOpenClip(name).find((one) => present.has(one)) : record.record.files[0]?.name;
        if (file !== undefined && (!plan || storesSamples(plan.shape.outputFormat))) sizes.set(file, record.record.successes);
        effects.onProgress({ shards: totals.shards, of: names.length, bytes: totals.bytes });
      }
    });
    await Promise.all(readers);
  } finally {
    database.close();
  }
  await findUnrecorded(output, present, new Set(names), plans.length > 0, findings);
  const done = new Set(names);
  const shardsUndone = plans.reduce((sum, { plan }) => sum + undoneShards(plan, done), 0);
  if (shardsUndone === 0 && findings.damage === 0 && plans.length > 0) await verifySummaries(output, present, plans, sizes, findings);
  return {
    output,
    shards: totals.shards,
    shardsUndone,
    foreignShards: totals.foreign,
    partitions: selection?.partitions ?? 0,
    rows: totals.rows,
    bytes: totals.bytes,
    elapsedMs: effects.now() - startedAt,
    damage: findings.damage,
    unfinished: findings.unfinished,
    damagedShards: [...findings.damaged].sort(),
    findings: findings.kept,
  };
}

async function topNames(output: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await storeAt(output).names());
  } catch (error) {
    throw new OutputError(`${output} cannot be read`, "Name the folder that was given as --output.", { cause: error });
  }
}

function planOfShard(plans: readonly StoredPlan[], name: string): DownloadPlan | undefined {
  return plans.find(({ plan }) => isPlannedBy(plan, name))?.plan;
}

function undoneShards({ shards, shape }: DownloadPlan, done: ReadonlySet<string>): number {
  let undone = 0;
  for (let shard = shards.firstShard; shard < shards.firstShard + shards.shards; shard++)
    if (!done.has(shardName(shard, shape.shardDigits))) undone += 1;
  return undone;
}

/** Reports files that loaders would take for shards and that no record names. Without a plan img2dataset left them torn. */
async function findUnrecorded(
  output: string,
  present: ReadonlySet<string>,
  recorded: ReadonlySet<string>,
  isOurs: boolean,
  findings: Findings,
): Promise<void> {
  for (const file of [...present].sort()) {
    const parsed = parseShardFileName(file);
    if (parsed?.kind !== "data" || recorded.has(parsed.number)) continue;
    // A running prep commits shards meanwhile.
    if (await storeAt(output).exists(parsed.number + RECORD_ENDING)) continue;
    findings.add({
      kind: "unrecorded",
      file,
      text: isOurs ? "no record names it" : "it has no _stats.json: img2dataset was stopped while writing it",
    });
  }
}

// Makes the next generation of one shard.
import { OutputError } from "../../core/errors.ts";
import { shardName } from "../../core/keys.ts";
import { OUTCOMES, type OutcomeCode } from "../../core/outcome.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { ManifestRow } from "../../manifest/manifest-row.ts";
import { readSidecar } from "../../manifest/read-sidecar.ts";
import type { ShardRecord } from "../../manifest/shard-record.ts";
import { undecided } from "../../output/plans/deciding-options.ts";
import { currentRecord, generationRecord, generationsOf, publishCurrent, visibleRecord } from "../../output/records/generations.ts";
import { inspectShard } from "../../shard/inspect-shard.ts";
import { findShard, storesSamples } from "../../shard/output-formats.ts";
import { SIDECAR_ENDING } from "../../shard/shard-names.ts";
import { storeAt } from "../../store/store-at.ts";
import { type PackProgress, packShard } from "../pack-shard.ts";
import type { ShardResources } from "../worker-resources.ts";
import { intactSamples, type Redo } from "./kept-samples.ts";
import type { RedoJob, RedoShard } from "./redo-job.ts";

/** Makes the next generation of a shard. Undefined if another start was first. Throws OutputError if the shard must be repaired first. */
export async function redoShard(
  { shard, base, kind }: RedoShard,
  { isAdopted }: RedoJob,
  resources: ShardResources,
  progress: PackProgress,
): Promise<ShardRecord | undefined> {
  const name = shardName(shard, resources.plan.shape.shardDigits);
  const latest = await generationsOf(resources.output, name);
  if ((latest.get(name) ?? 0) > base) {
    const winner = await currentRecord(resources.output, name, latest);
    if (winner) await publishCurrent(resources.output, name, winner);
    return undefined;
  }
  const record = await recordOf(resources.output, name, base);
  // The files of the record may still be with its attempt.
  if (record?.attempt !== undefined) await publishCurrent(resources.output, name, record);
  try {
    const redo = await keptRows(name, base, record, kind, isAdopted, resources);
    return await packShard(shard, resources, progress, redo);
  } catch (error) {
    // Another start may have published its generation while this one read the files of the one before.
    if (progress.signal.aborted || ((await generationsOf(resources.output, name)).get(name) ?? 0) <= base) throw error;
    return undefined;
  }
}

/** What can be read of the record. A damaged one may still name files and digests. */
async function recordOf(output: string, name: string, base: number): Promise<ShardRecord | undefined> {
  for (const file of [generationRecord(name, base), visibleRecord(name)]) {
    try {
      const record = JSON.parse(await storeAt(output).readText(file)) as ShardRecord;
      if ((record.generation ?? 0) === base && namesFiles(record.files)) return record;
    } catch {
      // The other file may be whole.
    }
  }
  return undefined;
}

/** Whether the record lists files, or has no list, as img2dataset's. Unsafe names are refused where they are used. */
function namesFiles(files: unknown): boolean {
  return files === undefined || (Array.isArray(files) && files.every((file?: { name?: unknown }) => typeof file?.name === "string"));
}

async function keptRows(
  name: string,
  base: number,
  record: ShardRecord | undefined,
  kind: RedoShard["kind"],
  isAdopted: boolean,
  resources: ShardResources,
): Promise<Redo> {
  const { output, database } = resources;
  const path = (file: string) => storeAt(output).location(file);
  const isOurs = record?.files !== undefined;
  const files = isOurs ? record.files.map(({ name: file }) => file) : await peerFiles(output, name);
  const [shardFile] = files;
  const sidecarFile = files.at(-1);
  const isShardSound = shardFile !== undefined && (isOurs ? await isAsRecorded(shardFile, record, resources) : isAdopted);
  const isSidecarSound = sidecarFile !== undefined && (isOurs ? await isAsRecorded(sidecarFile, record, resources) : isAdopted);
  if (kind !== "repair" && !(isShardSound && isSidecarSound)) {
    throw new OutputError(
      `the shard ${name} is not as it was recorded, so nothing of it can be taken over`,
      `Start prep verify ${shellWord(output)} --repair first.`,
    );
  }
  if (!isSidecarSound || sidecarFile === undefined)
    return { generation: base + 1, kept: new Map(), before: new Map(), shardPath: undefined };
  const { rows } = await readSidecar(database, path(sidecarFile));
  const hasSamples = shardFile !== undefined && storesSamples(resources.plan.shape.outputFormat);
  const intact = hasSamples && !isShardSound ? await intactSamples(path(shardFile), rows) : undefined;
  const outcomes: Partial<Record<OutcomeCode, number>> = Object.fromEntries(rows.map(({ outcome }) => [outcome, 1]));
  const reopened = undecided({ outcomes, decided_by: record?.decided_by }, resources.deciding);
  const isIntact = (row: ManifestRow) => isShardSound || row.outcome !== "success" || intact?.has(row.key) === true;
  const isKept = (row: ManifestRow) => {
    if (reopened.has(row.outcome)) return false;
    return kind === "retry" ? !OUTCOMES[row.outcome].retryable : kind === "refused" || isIntact(row);
  };
  return {
    generation: base + 1,
    kept: new Map(rows.filter(isKept).map((row) => [row.index, row])),
    before: new Map(rows.filter((row) => !isKept(row)).map((row) => [row.index, row])),
    shardPath: hasSamples ? path(shardFile) : undefined,
    isDamaged: !isShardSound,
    ...(isAdopted ? { adopted: { sidecar: path(sidecarFile), keys: rows.map(({ key }) => key) } } : {}),
  };
}

async function isAsRecorded(file: string, record: ShardRecord, { output, database }: ShardResources): Promise<boolean> {
  const entry = record.files.find(({ name }) => name === file);
  const store = storeAt(output);
  if (!entry || !(await store.exists(file))) return false;
  const isFolder = entry.sha256 === undefined;
  if ((await store.isFolder(file)) !== isFolder) return false;
  const seen = isFolder ? await inspectShard(store.location(file), database) : await store.digest(file);
  const digest = entry.sha256 ?? entry.tree_sha256;
  return seen.bytes === entry.bytes && (digest === undefined || seen.sha256 === digest);
}

async function peerFiles(output: string, name: string): Promise<string[]> {
  const found = await findShard(name, (file) => storeAt(output).exists(file));
  return found ? [...new Set([found.file, name + SIDECAR_ENDING])] : [];
}

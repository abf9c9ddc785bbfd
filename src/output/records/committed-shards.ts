// Reads the state of a run from its shards' records, and finishes interrupted commits.
import { OutputError } from "../../core/errors.ts";
import { shardName } from "../../core/keys.ts";
import type { OutcomeCode } from "../../core/outcome.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { ShardRecord } from "../../manifest/shard-record.ts";
import { filesListedForOpenClip, storesSamples } from "../../shard/output-formats.ts";
import { numberOfRecord } from "../../shard/shard-names.ts";
import { DamagedRecordError } from "../../store/commit-record.ts";
import type { Store } from "../../store/store.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { type DownloadPlan, readPlans, type StoredPlan } from "../plans/download-plan.ts";
import { plannedShard } from "../plans/shard-plan.ts";
import { currentRecord, type Generations, generationsOf, latestGenerations, publishCurrent, visibleRecord } from "./generations.ts";

/** Sums over the records of a run. */
export interface RecordTotals {
  readonly shards: number;
  readonly count: number;
  readonly packed: number;
  readonly failedToDownload: number;
  readonly failedToResize: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  readonly requests: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** What a run has committed. */
export interface OutputState {
  readonly committed: ReadonlySet<number>;
  readonly totals: RecordTotals;
  /** The number of samples in each shard, by file name, as open_clip reads it from `sizes.json`. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** The subject of an attempt at a shard or at a further generation of it. */
const ATTEMPT_SUBJECT = /^(\d+)(?:-g(\d+))?$/;

/** How many records are read at a time. */
export const READERS = 32;

/** A shard's record. Throws OutputError if it is another run's or has another format. */
async function readShardRecord(output: string, name: string, run: string, latest: Generations): Promise<ShardRecord | undefined> {
  const record = await currentRecord(output, name, latest);
  // Retried shards of img2dataset belong to no plan, and never get here.
  if (record && record.run !== run) {
    throw new OutputError(
      `${storeAt(output).location(visibleRecord(name))} is not a record of this run`,
      "Name an empty --output: this folder holds shards of something else.",
    );
  }
  return record;
}

/** Whether a shard is committed. If it is, its files are published. Throws OutputError if committed files are lost. */
export async function isCommitted(output: string, name: string, run: string): Promise<boolean> {
  const record = await readShardRecord(output, name, run, await generationsOf(output, name));
  if (!record) return false;
  const lost = await publishCurrent(output, name, record);
  if (lost.length > 0) {
    throw new OutputError(
      `the committed files ${lost.join(", ")} are gone from ${output}`,
      `Start prep verify ${shellWord(output)} --repair to have that shard done again.`,
    );
  }
  return true;
}

/**
 * Reads all records of a run, finishes publications that were cut short, and sweeps attempts at committed shards. Records of the
 * output's other runs, and of shards before its first plan, count only in `sizes`. Calls `onRecord` for each record of the run.
 */
export async function readState(output: string, plan: DownloadPlan, onRecord?: (record: ShardRecord) => void): Promise<OutputState> {
  const store = storeAt(output);
  const plans = (await readPlans(output)).map((stored) => stored.plan);
  const firstOfAll = Math.min(...plans.map(({ shards }) => shards.firstShard));
  const latest = await latestGenerations(output);
  const present = new Set(await store.names());
  const attempts = new Set(await store.temporaryNames().catch(() => []));
  const committed = new Set<number>();
  const sizes: Record<string, number> = {};
  const sums = new Sums();
  const pending = [...recordNames(present, latest)];
  const readers = Array.from({ length: READERS }, async () => {
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const isOwn = isPlannedBy(plan, name);
      const owner = isOwn ? plan : plans.find((other) => isPlannedBy(other, name));
      if (!owner) {
        const listed = filesListedForOpenClip(name).find((file) => present.has(file));
        if (Number(name) < firstOfAll && listed) sizes[listed] = await foreignSuccesses(store, name);
        // A file that no plan names is foreign, whatever its name.
        continue;
      }
      const record = await readShardRecord(output, name, owner?.run ?? plan.run, latest).catch(async (error: unknown) => {
        if (!(error instanceof DamagedRecordError)) throw error;
        await store.remove(visibleRecord(name));
      });
      if (!record) continue;
      // Without hard links a kill may have left it.
      if (present.has(`${visibleRecord(name)}.claim`)) await store.removeLeftCreation(visibleRecord(name));
      const isWhole = present.has(visibleRecord(name)) && record.files.every((file) => present.has(file.name));
      if (!isWhole || attempts.has(record.attempt)) await isCommitted(output, name, record.run);
      const shardFile = record.files[0];
      if (shardFile && storesSamples(owner.shape.outputFormat)) sizes[shardFile.name] = record.successes;
      if (!isOwn) continue;
      committed.add(record.shard);
      sums.add(record);
      onRecord?.(record);
    }
  });
  await Promise.all(readers);
  const { shardDigits } = plan.shape;
  await store.sweep((subject) => {
    const [, name = "", generation = "0"] = ATTEMPT_SUBJECT.exec(subject) ?? [];
    // Another process may be making a generation that is not committed yet.
    const isDecided = Number(generation) <= (latest.get(name) ?? 0);
    return isDecided && committed.has(Number(name)) && shardName(Number(name), shardDigits) === name;
  });
  const ordered = Object.fromEntries(Object.entries(sizes).sort(([left], [right]) => (left < right ? -1 : 1)));
  return { committed, totals: sums.totals(), sizes: ordered };
}

/** The names of shards that have a record of any generation. */
export function recordNames(present: ReadonlySet<string>, latest: Generations): Set<string> {
  const names = [...present].flatMap((name) => numberOfRecord(name) ?? []);
  return new Set([...names, ...latest.keys()]);
}

/** Whether a plan has the shard of this name. */
export function isPlannedBy({ shards, shape }: DownloadPlan, name: string): boolean {
  return plannedShard(shards, shape.shardDigits, name) !== undefined;
}

/** The number of samples in a shard of another program; 0 if its file is no record. */
async function foreignSuccesses(store: Store, name: string): Promise<number> {
  return (await readSuccesses(store, name)) ?? 0;
}

/** The numbers of shards that have a record of prep or img2dataset. A file that no plan names counts only if it is a record. */
export async function recordedShards(output: string, plans: readonly StoredPlan[]): Promise<number[]> {
  const store = storeAt(output);
  const names = (await store.names().catch(() => [])).flatMap((file) => numberOfRecord(file) ?? []);
  const recorded: number[] = [];
  const readers = Array.from({ length: READERS }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const isPlanned = plans.some(({ plan }) => isPlannedBy(plan, name));
      if (isPlanned || (await readSuccesses(store, name)) !== undefined) recorded.push(Number(name));
    }
  });
  await Promise.all(readers);
  return recorded;
}

/** The count of successes in a record of prep or img2dataset; undefined if the file is no record. */
async function readSuccesses(store: Store, name: string): Promise<number | undefined> {
  try {
    const record = (await store.readRecord(visibleRecord(name))) as { successes?: unknown } | null | undefined;
    return typeof record?.successes === "number" ? record.successes : undefined;
  } catch (error) {
    if (error instanceof OutputError || /^(EISDIR|ELOOP)$/.test(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

/** Adds up records. */
class Sums {
  readonly #totals = {
    shards: 0,
    count: 0,
    packed: 0,
    failedToDownload: 0,
    failedToResize: 0,
    downloadedBytes: 0,
    storedBytes: 0,
    requests: 0,
  };
  readonly #outcomes: Partial<Record<OutcomeCode, number>> = {};

  add(record: ShardRecord): void {
    this.#totals.shards += 1;
    this.#totals.count += record.count;
    this.#totals.packed += record.successes;
    this.#totals.failedToDownload += record.failed_to_download;
    this.#totals.failedToResize += record.failed_to_resize;
    this.#totals.downloadedBytes += record.downloaded_bytes;
    this.#totals.storedBytes += record.stored_bytes;
    this.#totals.requests += record.requests;
    for (const [code, count] of Object.entries(record.outcomes) as [OutcomeCode, number][])
      this.#outcomes[code] = (this.#outcomes[code] ?? 0) + count;
  }

  totals(): RecordTotals {
    return { ...this.#totals, outcomes: this.#outcomes };
  }
}

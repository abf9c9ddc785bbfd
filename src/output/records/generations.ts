// Generations of a shard: each retry or repair adds a record, and the highest counts.
//
// The first record of a shard is NNNNN_stats.json, created exclusively. The record of each later generation g is created
// exclusively too, as _prep/generations/NNNNN.g.json, and stays for good. So of any number of racing retries of one
// generation one wins, and a late one finds its number taken. The winner's files wait in its attempt's folder until they are
// published by one rename each: the shard, then the sidecar, then NNNNN_stats.json, now a copy of the new record.
// Each name holds a whole file of one generation at any moment. Between the renames a reader may find the new shard beside
// the old sidecar: the shard then has samples that the sidecar does not name yet, never the reverse.
// After a kill the next process finishes the renames. Each source exists once, so a publisher that was asleep meanwhile has
// nothing left to rename, and cannot put an old file in place of a new one.

import { join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { READABLE_RECORD_VERSIONS, RECORD_FORMAT_VERSION, type ShardRecord } from "../../manifest/shard-record.ts";
import { DamagedRecordError } from "../../store/commit-record.ts";
import { withProcessLock } from "../../store/locks/process-lock.ts";
import { storeAt } from "../../store/store-at.ts";

/** The folder of records of later generations, in the output. */
export const GENERATIONS = join("_prep", "generations");

const NAME = /^(\d+)\.(\d+)\.json$/;

/** The highest generation of each shard that has more than one. */
export type Generations = ReadonlyMap<string, number>;

/** The file of the record of a shard's generation, in the output. */
export function generationRecord(name: string, generation: number): string {
  return generation === 0 ? visibleRecord(name) : join(GENERATIONS, `${name}.${generation}.json`);
}

/** The file of the record that readers of the output know. */
export function visibleRecord(name: string): string {
  return `${name}_stats.json`;
}

/** Lists the shards of an output that have later generations. */
export async function latestGenerations(output: string): Promise<Generations> {
  const latest = new Map<string, number>();
  for (const file of await storeAt(output)
    .names(GENERATIONS)
    .catch(() => [])) {
    const [, name, generation] = NAME.exec(file) ?? [];
    if (name !== undefined) latest.set(name, Math.max(latest.get(name) ?? 0, Number(generation)));
  }
  return latest;
}

/** The same for one shard, without listing all others. */
export async function generationsOf(output: string, name: string): Promise<Generations> {
  let generation = 0;
  while (await storeAt(output).exists(generationRecord(name, generation + 1))) generation += 1;
  return generation > 0 ? new Map([[name, generation]]) : new Map();
}

/**
 * The record that counts; undefined if the shard has none. Throws DamagedRecordError if it is no JSON, and OutputError if this
 * version does not read its format.
 */
export async function currentRecord(output: string, name: string, latest: Generations): Promise<ShardRecord | undefined> {
  const generation = latest.get(name) ?? 0;
  const record = generation === 0 ? await readVisible(output, name) : await readGeneration(output, name, generation);
  if (!record) return undefined;
  if (!READABLE_RECORD_VERSIONS.includes(record.format_version)) {
    throw new OutputError(
      record.format_version === undefined
        ? `${join(output, visibleRecord(name))} is not a record of this run`
        : `${join(output, visibleRecord(name))} is of format ${record.format_version}, this version reads up to ${RECORD_FORMAT_VERSION}`,
      record.format_version === undefined
        ? "Name an empty --output: this folder holds shards of something else."
        : "Use the version of prep that wrote it, or a later one.",
    );
  }
  return record;
}

async function readVisible(output: string, name: string): Promise<ShardRecord | undefined> {
  return (await storeAt(output).readRecord(visibleRecord(name))) as ShardRecord | undefined;
}

/** A later generation's record, or its copy if the record is damaged. */
async function readGeneration(output: string, name: string, generation: number): Promise<ShardRecord | undefined> {
  const file = generationRecord(name, generation);
  try {
    return (await storeAt(output).readRecord(file)) as ShardRecord | undefined;
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error;
    const copy = await readVisible(output, name).catch(() => undefined);
    if (copy?.generation === generation) return copy;
    throw new OutputError(`the record ${join(output, file)} is damaged`, `Start prep verify ${shellWord(output)} --repair.`, {
      cause: error,
    });
  }
}

/** Publishes the files of a shard's current record, and the record itself. Returns the names of files that are lost. */
export async function publishCurrent(output: string, name: string, record: ShardRecord): Promise<string[]> {
  const store = storeAt(output);
  if (record.generation === 0) return await store.publish(record);
  const visible = visibleRecord(name);
  const lost = await store.publish(record, visible);
  if (!(await isVisible(output, visible, record.generation))) {
    // The copy was removed or damaged; the record itself still exists.
    const text = await store.readText(generationRecord(name, record.generation));
    await withProcessLock(output, () => store.replace(visible, text));
  }
  return lost.filter((file) => file !== visible);
}

async function isVisible(output: string, visible: string, generation: number): Promise<boolean> {
  try {
    const record = (await storeAt(output).readRecord(visible)) as ShardRecord | undefined;
    return (record?.generation ?? -1) >= generation;
  } catch (error) {
    if (error instanceof DamagedRecordError) return false;
    throw error;
  }
}

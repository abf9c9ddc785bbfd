// Generations of a shard: each retry or repair adds a record, and the highest counts.
//
// The first record of a shard is NNNNN_stats.json, created exclusively. The record of each later generation g is created
// exclusively too, as _prep/generations/NNNNN.g.json, and stays for good, so that of any number of racing retries of one
// generation one wins, and one that comes late finds its number taken. The winner's files wait in its attempt's folder
// until they are published: one rename each, the shard first, then the sidecar, then NNNNN_stats.json, now a copy of the
// new record. Each name holds a whole file of one generation at any moment. Between the renames a reader may meet the new
// shard beside the old sidecar: the shard then has samples that the sidecar does not know of yet, never the reverse.
// Whoever comes next after a kill finishes the renames; each source exists once, so that a publisher who was asleep while
// others went on has nothing left to rename and can put nothing old in place of anything new.

import { join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { READABLE_RECORD_VERSIONS, RECORD_FORMAT_VERSION, type ShardRecord } from "../../manifest/shard-record.ts";
import { DamagedRecordError } from "../../store/commit-record.ts";
import { withProcessLock } from "../../store/locks/process-lock.ts";
import { storeAt } from "../../store/store-at.ts";

/** Where records of later generations lie, in the output. */
export const GENERATIONS = join("_prep", "generations");

const NAME = /^(\d+)\.(\d+)\.json$/;

/** The highest generation of each shard that has more than the first. */
export type Generations = ReadonlyMap<string, number>;

/** Where the record of a shard's generation lies, in the output. */
export function generationRecord(name: string, generation: number): string {
  return generation === 0 ? visibleRecord(name) : join(GENERATIONS, `${name}.${generation}.json`);
}

/** The record that readers of the output know. */
export function visibleRecord(name: string): string {
  return `${name}_stats.json`;
}

/** Lists the later generations of an output. */
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

/** The same of one shard, without listing those of all others. */
export async function generationsOf(output: string, name: string): Promise<Generations> {
  let generation = 0;
  while (await storeAt(output).exists(generationRecord(name, generation + 1))) generation += 1;
  return generation > 0 ? new Map([[name, generation]]) : new Map();
}

/**
 * The record that counts; undefined where the shard has none. Throws DamagedRecordError for one that cannot be parsed, and
 * OutputError for one of a format that this version does not read.
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

/** A later generation's record, or its copy where it is damaged. */
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

/** Gives the files of a shard's current record their names, and the record its own; returns what is lost. */
export async function publishCurrent(output: string, name: string, record: ShardRecord): Promise<string[]> {
  const store = storeAt(output);
  if (record.generation === 0) return await store.publish(record);
  const visible = visibleRecord(name);
  const lost = await store.publish(record, visible);
  if (!(await isVisible(output, visible, record.generation))) {
    // Somebody removed or broke the copy; of the record itself there is one more.
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

// Writes the partitions of a selection, sorted in memory, through one file, or in passes.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type CutOptions, cutFile, cutTable, type Partition } from "../partition/cut.ts";
import { keysAround, type ParquetStyle, type ShuffleOptions, shuffleToFile, shuffleToTable } from "../partition/shuffle.ts";
import { equalSlice, type OrderSegment } from "../partition/slices.ts";
import type { ColumnType, Database } from "../sql/database.ts";
import { runPhase, type SelectionJob } from "./phase.ts";
import type { SelectionSource } from "./selection-source.ts";
import { PARTITIONS, type WorkFolder } from "./work-folder.ts";

/** Partitions written side by side: each waits for the disk most of its time. */
const CUTS_AT_ONCE = 8;

/** The table of a selection that is shuffled in memory. */
const SHUFFLED = "prep_shuffled";

/** What is cut, and into what. */
export interface CutPlan {
  /** Rows of all partitions. */
  readonly rows: number;
  /** Number of partitions. */
  readonly parts: number;
  readonly style: ParquetStyle;
  /** The note in the partitions' footers that says which selection they belong to. */
  readonly mark: string;
  readonly source: SelectionSource;
  readonly columns: readonly ColumnType[];
  /** Whether the work folder holds the sorted file already. */
  readonly isSorted: boolean;
}

/**
 * Sorts few rows into a table and writes the partitions from there. A start after a kill sorts them again, which takes little time.
 */
export async function partitionsInMemory(plan: CutPlan, work: WorkFolder, job: SelectionJob): Promise<Partition[]> {
  const { source, columns, rows, parts, style, mark } = plan;
  const { database, relation } = source;
  await runPhase("shuffle", database, job, () => shuffleToTable(database, relation, columns, SHUFFLED, orderOptions(plan, job)));
  const pathOf = (name: string) => job.attempt.path(name);
  return await keepAll(cutTable(database, SHUFFLED, rows, parts, pathOf, style, mark, cutOptions(work, job)), 0, parts, work, job);
}

function orderOptions({ rows, source }: CutPlan, { config }: SelectionJob): ShuffleOptions {
  return { seed: config.isShuffled ? config.seed : undefined, ...(rows < source.rows ? { limit: rows } : {}) };
}

/** Sorts the rows into one file and cuts it. The sorted file stays until the commit, so that no start after a kill sorts again. */
export async function partitionsInOnePass(cutter: Database, plan: CutPlan, work: WorkFolder, job: SelectionJob): Promise<Partition[]> {
  const { rows, parts, style, source, columns } = plan;
  const { database, relation } = source;
  if (!plan.isSorted) {
    const written = job.attempt.path("sorted.parquet");
    await runPhase("shuffle", database, job, () => shuffleToFile(database, relation, columns, written, style, orderOptions(plan, job)));
    await work.keepWhole(written, work.sorted);
  }
  // Frees the sort's memory, and the disk space of what was written before it, before the cut begins.
  database.close();
  await rm(work.path(work.selected), { force: true });
  return await cutSegment(cutter, work.path(work.sorted), { base: 0, rows, first: 0, end: parts }, plan, work, job);
}

/**
 * Sorts a range of keys in each pass, and cuts the partitions that are complete in it. The next pass begins with the row group in
 * which the first incomplete partition begins. Every row group ends up where a single pass would put it.
 */
export async function partitionsInPasses(
  passes: number,
  cutter: Database,
  plan: CutPlan,
  work: WorkFolder,
  job: SelectionJob,
): Promise<Partition[]> {
  const { config, attempt } = job;
  const { rows, parts, style, source, columns } = plan;
  const partitions: Partition[] = [];
  const path = attempt.path("segment.parquet");
  let base = 0;
  let from: bigint | undefined;
  for (let pass = 1; pass <= passes && partitions.length < parts; pass++) {
    const to = pass === passes ? undefined : (2n ** 64n * BigInt(pass)) / BigInt(passes);
    const options = { seed: config.seed, keys: { from, to } };
    const sorted = await runPhase("shuffle", source.database, job, () =>
      shuffleToFile(source.database, source.relation, columns, path, style, options),
    );
    const first = partitions.length;
    let end = first;
    while (end < parts && equalSlice(rows, parts, end).end <= base + sorted) end++;
    partitions.push(...(await cutSegment(cutter, path, { base, rows: sorted, first, end }, plan, work, job)));
    // Equal rows have equal keys, and nothing tells them apart: the next pass must begin before all of them.
    let next = equalSlice(rows, parts, end).start - base;
    for (next -= next % style.rowGroupRows; next > 0; next -= style.rowGroupRows) {
      const [before, at] = await keysAround(cutter, path, columns, config.seed, next);
      if (before !== at) {
        from = at;
        break;
      }
    }
    base += Math.max(0, next);
    await rm(path);
  }
  if (partitions.length < parts) throw new Error(`the passes made ${partitions.length} of ${parts} partitions`);
  return partitions;
}

/** Writes the partitions of one sorted file into the work folder, except those that an earlier start has finished. */
async function cutSegment(
  cutter: Database,
  path: string,
  segment: OrderSegment,
  plan: CutPlan,
  work: WorkFolder,
  job: SelectionJob,
): Promise<Partition[]> {
  const { rows, parts, style, mark } = plan;
  const options = { ...cutOptions(work, job), segment };
  return await keepAll(
    cutFile(cutter, path, rows, parts, (name) => job.attempt.path(name), style, mark, options),
    segment.first,
    parts,
    work,
    job,
  );
}

function cutOptions(work: WorkFolder, { effects }: SelectionJob): CutOptions {
  const finished = (name: string) => (isFinished(work, name) ? work.path(join(PARTITIONS, name)) : undefined);
  return { concurrency: CUTS_AT_ONCE, signal: effects.signal, finished };
}

function isFinished(work: WorkFolder, name: string): boolean {
  return work.finished.has(join(PARTITIONS, name));
}

/** Moves partitions into the work folder as they are finished. `first` partitions come before them. */
async function keepAll(
  cut: AsyncGenerator<Partition>,
  first: number,
  parts: number,
  work: WorkFolder,
  { attempt, effects }: SelectionJob,
): Promise<Partition[]> {
  const partitions: Partition[] = [];
  for await (const partition of cut) {
    effects.signal.throwIfAborted();
    if (!isFinished(work, partition.name)) await work.keep(attempt.path(partition.name), join(PARTITIONS, partition.name));
    partitions.push(partition);
    const percentage = (100 * (first + partitions.length)) / parts;
    effects.emit({ event: "selection_progress", phase: "write", percentage, spilledBytes: 0 });
  }
  return partitions;
}

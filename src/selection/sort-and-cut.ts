// The conductor, stage one: sort and cut, in one pass where the disk allows it, in several where it does not.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { checksumRows, type RowChecksum, sameRows } from "../partition/checksum.ts";
import { areSlicesSmall, type CutOptions, cutFile, cutTable, type Partition } from "../partition/cut.ts";
import { countDuplicates } from "../partition/duplicates.ts";
import { defaultPartitions } from "../partition/partition-count.ts";
import { defaultRowGroupRows, wholeVectors } from "../partition/row-groups.ts";
import { keysAround, type ParquetStyle, type ShuffleOptions, shuffleToFile, shuffleToTable } from "../partition/shuffle.ts";
import { equalSlice, type OrderSegment } from "../partition/slices.ts";
import type { Selection } from "../query/select.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { interruptible } from "../sql/interruptible.ts";
import { parquetFiles } from "../sql/text.ts";
import { choosePasses, fitsMemory } from "./disk-space.ts";
import type { OpenSelection } from "./open-selection.ts";
import { phase, spillFolder } from "./phase-progress.ts";
import type { SelectionJob } from "./selection-job.ts";
import { openSource, type SelectionSource } from "./selection-source.ts";
import { PARTITIONS, type WorkFolder } from "./work-folder.ts";

/** What stage one has made, and what a check found. */
export interface ShuffleResult {
  readonly rowsRead: number;
  readonly rows: number;
  readonly partitions: readonly Partition[];
  /** What the partitions hold: the query's columns, some in the nearest type that parquet has. */
  readonly columns: readonly ColumnType[];
  /** Of the rows that went in and, equal to it, of those that came out, where that was asked for. */
  readonly checksum: RowChecksum | undefined;
  /** Rows that are equal in every column to another one, where that was counted. */
  readonly duplicates: number | undefined;
}

/** Partitions written side by side: each waits for the disk most of its time. */
const CUTS_AT_ONCE = 8;

/** The table of a selection that is shuffled in memory. */
const SHUFFLED = "prep_shuffled";

/** Counts, sorts, cuts and checks the selection; the partitions lie in the work folder afterwards. */
export async function shuffleSelection(
  open: OpenSelection,
  isRepeatable: boolean,
  work: WorkFolder,
  mark: string,
  job: SelectionJob,
): Promise<ShuffleResult> {
  const { selection, inputs } = open;
  const { effects } = job;
  const bytesRead = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const [total] = await open.database.rows("SELECT count(*) AS n FROM metadata");
  const rowsRead = Number(total?.["n"]);
  effects.emit({ event: "selection_started", files: inputs.length, bytes: bytesRead, rows: rowsRead });
  const source = await openSource(open, isRepeatable, rowsRead, work, job);
  try {
    const shuffle = () => shuffleSource(source, selection, rowsRead, bytesRead, work, mark, job);
    return { rowsRead, ...(await interruptible([source.database], effects.signal, shuffle)) };
  } finally {
    source.database.close();
  }
}

async function shuffleSource(
  source: SelectionSource,
  selection: Selection,
  rowsRead: number,
  bytesRead: number,
  work: WorkFolder,
  mark: string,
  job: SelectionJob,
): Promise<Omit<ShuffleResult, "rowsRead">> {
  const { config, effects, resources } = job;
  const rows = Math.min(source.rows, config.limit ?? source.rows);
  const parts = config.partitions ?? defaultPartitions(rows, job.samplesPerShard);
  const rowGroupRows = config.rowGroupRows === undefined ? defaultRowGroupRows(rows / parts) : wholeVectors(config.rowGroupRows);
  const style: ParquetStyle = { compression: config.compression, rowGroupRows };
  const columns = selection.columns.map(({ name }) => name);
  // Rows that a limit cuts off are not in the partitions, so only the whole can be compared.
  const isCompared = config.isVerified && rows === source.rows;
  const checksum = isCompared
    ? await phase("check", source.database, job, () => checksumRows(source.database, source.relation, columns))
    : undefined;
  const isSorted = work.finished.has(work.sorted);
  const passes =
    isSorted || !config.isShuffled ? 1 : await choosePasses(config.passes, source.rows, rowsRead, bytesRead, job.output, resources);
  const { memoryLimitBytes, threads } = resources;
  // The cut has a database of its own: outside the fence, and without the sort's memory. Its statements are small and run
  // side by side; with more threads each would spend a seventh of its CPU on waiting for them.
  const cutter = await Database.open({ threads: 1, memoryLimitBytes, tempDirectory: spillFolder(job) });
  try {
    return await interruptible([cutter], effects.signal, async () => {
      const plan: CutPlan = { rows, parts, style, mark, source, isSorted };
      const isSmall = !isSorted && areSlicesSmall(rows, parts, style) && fitsMemory(source.rows, rowsRead, bytesRead, resources);
      const partitions =
        passes > 1
          ? await inPasses(passes, selection, cutter, plan, work, job)
          : await (isSmall ? inMemory(selection, plan, work, job) : inOnePass(selection, cutter, plan, work, job));
      const paths = partitions.map(({ name }) => work.path(join(PARTITIONS, name)));
      await cutter.run(`SET threads = ${threads}`);
      if (checksum) {
        const found = await phase("check", cutter, job, () => checksumRows(cutter, parquetFiles(paths), columns));
        if (!sameRows(checksum, found)) {
          throw new Error(
            `the partitions hold other rows than the selection: ${JSON.stringify(found)} instead of ${JSON.stringify(checksum)}`,
          );
        }
      }
      const duplicates = config.isVerified
        ? await phase("check", cutter, job, () => countDuplicates(cutter, paths, selection.columns))
        : undefined;
      const [first] = paths;
      const stored = first === undefined ? [] : await cutter.columns(`FROM ${parquetFiles(first)}`);
      return { rows, partitions, columns: stored, checksum, duplicates };
    });
  } finally {
    cutter.close();
  }
}

interface CutPlan {
  readonly rows: number;
  readonly parts: number;
  readonly style: ParquetStyle;
  readonly mark: string;
  readonly source: SelectionSource;
  readonly isSorted: boolean;
}

/** Few rows: sorted into a table, from which the partitions are written. A start after a kill sorts them again, which is soon done. */
async function inMemory({ columns }: Selection, plan: CutPlan, work: WorkFolder, job: SelectionJob): Promise<Partition[]> {
  const { database, relation } = plan.source;
  const options = orderOptions(plan, job);
  await phase("shuffle", database, job, () => shuffleToTable(database, relation, columns, SHUFFLED, options));
  const partitions = cutTable(
    database,
    SHUFFLED,
    plan.rows,
    plan.parts,
    (name) => job.attempt.path(name),
    plan.style,
    plan.mark,
    cutOptions(work, job),
  );
  return await keepAll(partitions, 0, plan.parts, work, job);
}

function orderOptions({ rows, source }: CutPlan, { config }: SelectionJob): ShuffleOptions {
  return { seed: config.isShuffled ? config.seed : undefined, ...(rows < source.rows ? { limit: rows } : {}) };
}

async function inOnePass(
  { columns }: Selection,
  cutter: Database,
  plan: CutPlan,
  work: WorkFolder,
  job: SelectionJob,
): Promise<Partition[]> {
  const { attempt } = job;
  const { rows, parts, style, source } = plan;
  if (!plan.isSorted) {
    const written = attempt.path("sorted.parquet");
    const options = orderOptions(plan, job);
    await phase("shuffle", source.database, job, () => shuffleToFile(source.database, source.relation, columns, written, style, options));
    await work.keepWhole(written, work.sorted);
  }
  // The sort's memory and what was written down before it are free before the cut begins.
  source.database.close();
  await rm(work.path(work.selected), { force: true });
  // The sorted file stays until the commit: a kill before it must not sort again.
  return await cutSegment(cutter, work.path(work.sorted), { base: 0, rows, first: 0, end: parts }, plan, work, job);
}

/**
 * Each pass sorts a range of keys and cuts the partitions that are complete in it; the next one begins with the row group
 * in which the first incomplete partition begins. Every row group lies where a single pass would put it.
 */
async function inPasses(
  passes: number,
  { columns }: Selection,
  cutter: Database,
  plan: CutPlan,
  work: WorkFolder,
  job: SelectionJob,
): Promise<Partition[]> {
  const { config, attempt } = job;
  const { rows, parts, style, source } = plan;
  const partitions: Partition[] = [];
  const path = attempt.path("segment.parquet");
  let base = 0;
  let from: bigint | undefined;
  for (let pass = 1; pass <= passes && partitions.length < parts; pass++) {
    const to = pass === passes ? undefined : (2n ** 64n * BigInt(pass)) / BigInt(passes);
    const options = { seed: config.seed, keys: { from, to } };
    const sorted = await phase("shuffle", source.database, job, () =>
      shuffleToFile(source.database, source.relation, columns, path, style, options),
    );
    const first = partitions.length;
    let end = first;
    while (end < parts && equalSlice(rows, parts, end).end <= base + sorted) end++;
    partitions.push(...(await cutSegment(cutter, path, { base, rows: sorted, first, end }, plan, work, job)));
    // Rows that are equal have equal keys and cannot be told apart: the next pass must begin before all of them.
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

/** Writes the partitions of one file of sorted rows into the work folder, those of an earlier start excepted. */
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

/** Takes partitions into the work folder as they come; `first` were there before them. */
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

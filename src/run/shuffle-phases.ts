// The conductor, stage one: count, sort, cut, check; every phase that is finished stays finished.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { QueryError } from "../core/errors.ts";
import { checksumRows, type RowChecksum, sameRows } from "../partition/checksum.ts";
import { cutFile, defaultPartitions, type Partition } from "../partition/cut.ts";
import { countDuplicates } from "../partition/duplicates.ts";
import { defaultRowGroupRows } from "../partition/row-groups.ts";
import { type ParquetStyle, sampledRelation, shuffleToFile, storableRelation } from "../partition/shuffle.ts";
import { readPlan } from "../query/plan.ts";
import { Database } from "../sql/database.ts";
import { quoteList, quoteText } from "../sql/text.ts";
import { syncFile } from "../store/durable.ts";
import { insistOnSpace } from "./disk-space.ts";
import type { SelectionPhase } from "./events.ts";
import type { OpenSelection } from "./open-selection.ts";
import type { SelectionJob } from "./selection-job.ts";
import { PARTITIONS, type WorkFolder } from "./work-folder.ts";

/** The shuffled selection in one file, and what is known of it. */
export interface SortedFile {
  readonly path: string;
  readonly rows: number;
  readonly rowsRead: number;
  readonly partitions: number;
  readonly style: ParquetStyle;
  readonly columns: readonly string[];
  /** Checksum of the rows that went in, where one was asked for. */
  readonly checksum: RowChecksum | undefined;
}

/** A statement's progress, told while it runs. */
async function phase<T>(
  name: SelectionPhase,
  database: Database,
  { effects, attempt, resources }: SelectionJob,
  work: () => Promise<T>,
): Promise<T> {
  const spill = resources.tempDirectory ?? attempt.path("spill");
  const tell = async () => {
    const percentage = Math.max(0, database.progress().percentage);
    effects.emit({ event: "selection_progress", phase: name, percentage, spilledBytes: await bytesIn(spill) });
  };
  const ticking = setInterval(() => void tell(), 250);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
  }
}

/** What DuckDB has spilled by now. */
async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Counts the selection and sorts it into one file of the work folder, unless an earlier start has. */
export async function sortSelection(
  { database, selection, inputs }: OpenSelection,
  work: WorkFolder,
  job: SelectionJob,
): Promise<SortedFile> {
  const { config, attempt, effects, resources } = job;
  const bytesRead = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const [total] = await database.rows("SELECT count(*) AS n FROM metadata");
  const rowsRead = Number(total?.["n"]);
  effects.emit({ event: "selection_started", files: inputs.length, bytes: bytesRead, rows: rowsRead });
  const columns = selection.columns.map(({ name }) => name);
  const plan = await readPlan(database, "selection");
  // What joins, groups or rolls dice is written down first: it would share the sort's memory, and a second reading may differ.
  const isDirect = plan.isStreaming && selection.isDeterministic;
  const written = attempt.path("selected.parquet");
  const loose: ParquetStyle = { compression: "snappy", rowGroupRows: 122_880 };
  const storable = storableRelation(selection.columns);
  const source =
    config.sampleShare === undefined ? storable : sampledRelation(storable, selection.columns, config.seed, config.sampleShare);
  const counted = await phase("count", database, job, async () => {
    if (!isDirect) return await shuffleToFile(database, source, selection.columns, written, loose, { seed: undefined });
    const [row] = await database.rows(`SELECT count(*) AS n FROM ${source} AS prep_counted`);
    return Number(row?.["n"]);
  });
  if (counted === 0) {
    throw new QueryError(
      `the query keeps none of ${rowsRead} rows`,
      "Loosen its conditions; remember that a comparison with NULL is never true.",
    );
  }
  const rows = Math.min(counted, config.limit ?? counted);
  const partitions = config.partitions ?? defaultPartitions(rows, job.samplesPerShard);
  const style: ParquetStyle = {
    compression: config.compression,
    rowGroupRows: config.rowGroupRows ?? defaultRowGroupRows(rows / partitions),
  };
  const relation = isDirect ? source : `(SELECT * FROM read_parquet(${quoteText(written)}))`;
  // Rows that a limit cuts off are not in the partitions, so only the whole can be compared.
  const checksum =
    config.isVerified && rows === counted
      ? await phase("check", database, job, () => checksumRows(database, relation, columns))
      : undefined;
  const name = "sorted.parquet";
  if (!work.finished.has(name)) {
    await insistOnSpace(counted, rowsRead, bytesRead, job.output, resources);
    const fresh = attempt.path(name);
    const seed = config.isShuffled ? config.seed : undefined;
    await phase("shuffle", database, job, () =>
      shuffleToFile(database, relation, selection.columns, fresh, style, { seed, ...(rows < counted ? { limit: rows } : {}) }),
    );
    await syncFile(fresh);
    await work.keep(fresh, name);
  }
  await rm(written, { force: true });
  return { path: work.path(name), rows, rowsRead, partitions, style, columns, checksum };
}

/** What the cut made, and what a check found. */
export interface CutResult {
  readonly partitions: readonly Partition[];
  readonly checksum: RowChecksum | undefined;
  /** Rows that are equal in every column to another one, where that was counted. */
  readonly duplicates: number | undefined;
}

/** Cuts the sorted file into partitions, those of an earlier start excepted, and checks them where that was asked for. */
export async function cutPartitions(sorted: SortedFile, mark: string, work: WorkFolder, job: SelectionJob): Promise<CutResult> {
  const { attempt, effects, resources } = job;
  const { threads, memoryLimitBytes, tempDirectory } = resources;
  const database = await Database.open({ threads, memoryLimitBytes, tempDirectory: tempDirectory ?? join(attempt.folder, "spill") });
  const stop = () => database.interrupt();
  effects.signal.addEventListener("abort", stop, { once: true });
  try {
    const partitions: Partition[] = [];
    const cut = cutFile(database, sorted.path, sorted.rows, sorted.partitions, (name) => attempt.path(name), sorted.style, mark, {
      signal: effects.signal,
      finished: (name) => (work.finished.has(join(PARTITIONS, name)) ? work.path(join(PARTITIONS, name)) : undefined),
    });
    for await (const partition of cut) {
      effects.signal.throwIfAborted();
      if (!work.finished.has(join(PARTITIONS, partition.name)))
        await work.keep(attempt.path(partition.name), join(PARTITIONS, partition.name));
      partitions.push(partition);
      effects.emit({
        event: "selection_progress",
        phase: "write",
        percentage: (100 * partitions.length) / sorted.partitions,
        spilledBytes: 0,
      });
    }
    const { checksum } = sorted;
    if (checksum) {
      const paths = partitions.map(({ name }) => work.path(join(PARTITIONS, name)));
      const found = await phase("check", database, job, () => checksumRows(database, `read_parquet(${quoteList(paths)})`, sorted.columns));
      if (!sameRows(checksum, found)) {
        throw new Error(
          `the partitions hold other rows than the selection: ${JSON.stringify(found)} instead of ${JSON.stringify(checksum)}`,
        );
      }
    }
    if (!job.config.isVerified) return { partitions, checksum, duplicates: undefined };
    const columns = sorted.columns.map((name) => ({ name }));
    return { partitions, checksum, duplicates: await phase("check", database, job, () => countDuplicates(database, sorted.path, columns)) };
  } finally {
    effects.signal.removeEventListener("abort", stop);
    database.close();
  }
}

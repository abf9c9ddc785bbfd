// Counts, shuffles, cuts and verifies the rows of an open selection.
import { join } from "node:path";
import { checksumRows, type RowChecksum, sameRows } from "../partition/checksum.ts";
import { areSlicesSmall, type Partition } from "../partition/cut.ts";
import { countDuplicates } from "../partition/duplicates.ts";
import { defaultPartitions } from "../partition/partition-count.ts";
import { defaultRowGroupRows, wholeVectors } from "../partition/row-group-size.ts";
import type { ParquetStyle } from "../partition/shuffle.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { interruptible } from "../sql/interruptible.ts";
import { parquetFiles } from "../sql/text.ts";
import { choosePasses, fitsMemory, type SelectionSize } from "./disk-space.ts";
import { type CutPlan, partitionsInMemory, partitionsInOnePass, partitionsInPasses } from "./make-partitions.ts";
import type { OpenSelection } from "./open-selection.ts";
import { runPhase, type SelectionJob, spillFolder } from "./phase.ts";
import { openSource, type SelectionSource } from "./selection-source.ts";
import { PARTITIONS, type WorkFolder } from "./work-folder.ts";

/** What stage one has made, and what its checks found. */
export interface ShuffleResult {
  /** Rows of the metadata. */
  readonly rowsRead: number;
  /** Rows of the partitions. */
  readonly rows: number;
  readonly partitions: readonly Partition[];
  /** Columns of the partitions: the query's, some in the nearest type that parquet has. */
  readonly columns: readonly ColumnType[];
  /** The same for the rows that went in and those that came out; undefined if nobody asked for the check. */
  readonly checksum: RowChecksum | undefined;
  /** Rows that equal the row before in every column; undefined if nobody asked for the check. */
  readonly duplicates: number | undefined;
}

/** Makes the partitions of a selection in its work folder. Throws if a check fails, and the signal's reason if it aborts. */
export async function shuffleSelection(
  open: OpenSelection,
  isRepeatable: boolean,
  work: WorkFolder,
  mark: string,
  job: SelectionJob,
): Promise<ShuffleResult> {
  const { inputs, database } = open;
  const { effects } = job;
  const bytesRead = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const [total] = await database.rows("SELECT count(*) AS n FROM metadata");
  const rowsRead = Number(total?.["n"]);
  effects.emit({ event: "selection_started", files: inputs.length, bytes: bytesRead, rows: rowsRead });
  const source = await openSource(open, isRepeatable, rowsRead, work, job);
  const shuffle = () => shuffleSource(source, open, { rowsKept: source.rows, rowsRead, bytesRead }, work, mark, job);
  try {
    return { rowsRead, ...(await interruptible([source.database], effects.signal, shuffle)) };
  } finally {
    source.database.close();
  }
}

async function shuffleSource(
  source: SelectionSource,
  { selection }: OpenSelection,
  size: SelectionSize,
  work: WorkFolder,
  mark: string,
  job: SelectionJob,
): Promise<Omit<ShuffleResult, "rowsRead">> {
  const { config, effects, resources } = job;
  const rows = Math.min(source.rows, config.limit ?? source.rows);
  const names = selection.columns.map(({ name }) => name);
  // The rows that a limit cuts off are in no partition, so the check needs all rows.
  const isCompared = config.isVerified && rows === source.rows;
  const checksum = isCompared
    ? await runPhase("check", source.database, job, () => checksumRows(source.database, source.relation, names))
    : undefined;
  const isSorted = work.finished.has(work.sorted);
  const plan: CutPlan = { rows, ...layoutOf(rows, job), mark, source, columns: selection.columns, isSorted };
  const passes = isSorted || !config.isShuffled ? 1 : await choosePasses(config.passes, size, job.output, resources);
  // The cutter is a database of its own: it is outside the fence and does not share the sort's memory. Its statements are
  // small and run side by side; with more threads each of them would spend a seventh of its CPU waiting for the others.
  const cutter = await Database.open({ threads: 1, memoryLimitBytes: resources.memoryLimitBytes, tempDirectory: spillFolder(job) });
  try {
    return await interruptible([cutter], effects.signal, async () => {
      const isSmall = !isSorted && areSlicesSmall(rows, plan.parts, plan.style) && fitsMemory(size, resources);
      const partitions =
        passes > 1
          ? await partitionsInPasses(passes, cutter, plan, work, job)
          : await (isSmall ? partitionsInMemory(plan, work, job) : partitionsInOnePass(cutter, plan, work, job));
      const paths = partitions.map(({ name }) => work.path(join(PARTITIONS, name)));
      await cutter.run(`SET threads = ${resources.threads}`);
      if (checksum) await insistOnSameRows(cutter, paths, names, checksum, job);
      const duplicates = config.isVerified
        ? await runPhase("check", cutter, job, () => countDuplicates(cutter, paths, selection.columns))
        : undefined;
      const [first] = paths;
      const columns = first === undefined ? [] : await cutter.columns(`FROM ${parquetFiles(first)}`);
      return { rows, partitions, columns, checksum, duplicates };
    });
  } finally {
    cutter.close();
  }
}

/** How many partitions there are, and how their files are written. */
function layoutOf(rows: number, { config, samplesPerShard }: SelectionJob): { readonly parts: number; readonly style: ParquetStyle } {
  const parts = config.partitions ?? defaultPartitions(rows, samplesPerShard);
  const rowGroupRows = config.rowGroupRows === undefined ? defaultRowGroupRows(rows / parts) : wholeVectors(config.rowGroupRows);
  return { parts, style: { compression: config.compression, rowGroupRows } };
}

async function insistOnSameRows(
  cutter: Database,
  paths: readonly string[],
  columns: readonly string[],
  checksum: RowChecksum,
  job: SelectionJob,
): Promise<void> {
  const found = await runPhase("check", cutter, job, () => checksumRows(cutter, parquetFiles(paths), columns));
  if (sameRows(checksum, found)) return;
  throw new Error(`the partitions hold other rows than the selection: ${JSON.stringify(found)} instead of ${JSON.stringify(checksum)}`);
}

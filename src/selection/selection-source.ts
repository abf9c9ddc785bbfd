// The conductor, stage one: the rows to shuffle, counted, as a relation that gives the same rows however often it is read.
import { InputError, QueryError } from "../core/errors.ts";
import { plural } from "../core/units.ts";
import { sampledRelation, shuffleToFile, storableRelation } from "../partition/shuffle.ts";
import { Database } from "../sql/database.ts";
import { parquetFiles } from "../sql/text.ts";
import type { OpenSelection } from "./open-selection.ts";
import { runPhase, type SelectionJob, spillFolder } from "./phase.ts";
import type { WorkFolder } from "./work-folder.ts";

/** A relation to shuffle, and the database that can read it; close it. */
export interface SelectionSource {
  readonly database: Database;
  readonly relation: string;
  readonly rows: number;
}

/** What is written down only to be read once is written loosely. */
const LOOSE = { compression: "snappy", rowGroupRows: 122_880 } as const;

/**
 * Counts the selection. One that is not repeatable, since it joins, groups or rolls dice, is written down first, into the
 * work folder, and read from there by this start and every later one: a second reading may differ, and it would share the
 * sort's memory. Throws QueryError where it keeps nothing, InputError where there is nothing to keep.
 */
export async function openSource(
  { database, selection }: OpenSelection,
  isRepeatable: boolean,
  rowsRead: number,
  work: WorkFolder,
  job: SelectionJob,
): Promise<SelectionSource> {
  const { config, attempt, resources } = job;
  const storable = storableRelation(selection.columns);
  const relation =
    config.sampleShare === undefined ? storable : sampledRelation(storable, selection.columns, config.seed, config.sampleShare);
  if (isRepeatable) {
    const rows = await runPhase("count", database, job, () => countRows(database, relation));
    insistOnKept(rows, rowsRead, config.sampleShare);
    return { database, relation, rows };
  }
  const { selected, sorted, finished } = work;
  if (!finished.has(selected) && !finished.has(sorted)) {
    const written = attempt.path("selected.parquet");
    const rows = await runPhase("count", database, job, () =>
      shuffleToFile(database, relation, selection.columns, written, LOOSE, { seed: undefined }),
    );
    insistOnKept(rows, rowsRead, config.sampleShare);
    await work.keepWhole(written, selected);
  }
  // The query has been read for the last time. Its fence does not let the work folder through, and its memory is free now.
  database.close();
  const path = work.path(finished.has(sorted) ? sorted : selected);
  const { memoryLimitBytes, threads } = resources;
  const reader = await Database.open({ threads, memoryLimitBytes, tempDirectory: spillFolder(job) });
  const written = `(SELECT * FROM ${parquetFiles(path)})`;
  try {
    return { database: reader, relation: written, rows: await countRows(reader, written) };
  } catch (error) {
    reader.close();
    throw error;
  }
}

async function countRows(database: Database, relation: string): Promise<number> {
  const [row] = await database.rows(`SELECT count(*) AS n FROM ${relation} AS prep_counted`);
  return Number(row?.["n"]);
}

function insistOnKept(rows: number, rowsRead: number, sampleShare: number | undefined): void {
  if (rows > 0) return;
  if (rowsRead === 0) throw new InputError("the metadata has no rows", "Name other files with --metadata.");
  const isSampled = sampleShare !== undefined;
  throw new QueryError(
    isSampled
      ? `the query and --sample ${sampleShare} keep none of ${plural(rowsRead, "row")}`
      : `the query keeps none of ${plural(rowsRead, "row")}`,
    `Loosen its conditions${isSampled ? " or take a larger share" : ""}; remember that a comparison with NULL is never true.`,
  );
}

// The rows of a selection, counted, as a relation that gives the same rows every time it is read.
import { InputError, QueryError } from "../core/errors.ts";
import { plural } from "../core/units.ts";
import { sampledRelation, shuffleToFile, storableRelation } from "../partition/shuffle.ts";
import { Database } from "../sql/database.ts";
import { parquetFiles } from "../sql/text.ts";
import type { OpenSelection } from "./open-selection.ts";
import { runPhase, type SelectionJob, spillFolder } from "./phase.ts";
import type { WorkFolder } from "./work-folder.ts";

/** A relation to shuffle, and the database that reads it. Close the database. */
export interface SelectionSource {
  readonly database: Database;
  readonly relation: string;
  readonly rows: number;
}

/** The style of a file that is read once and then removed. */
const TEMPORARY_STYLE = { compression: "snappy", rowGroupRows: 122_880 } as const;

/**
 * Counts the selection. A query that joins, groups or draws random numbers may give other rows when it runs again, and it would
 * share the sort's memory. So its result is written to the work folder first, and this start and later ones read it from there.
 * Throws QueryError if the query keeps no row, and InputError if the metadata has none.
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
      shuffleToFile(database, relation, selection.columns, written, TEMPORARY_STYLE, { seed: undefined }),
    );
    insistOnKept(rows, rowsRead, config.sampleShare);
    await work.keepWhole(written, selected);
  }
  // The query is not run again. Its database cannot read the work folder, which is outside the fence, and its memory is free now.
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
    `Loosen its conditions${isSampled ? " or take a larger share" : ""}. A comparison with NULL is never true.`,
  );
}

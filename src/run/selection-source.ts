// The conductor, stage one: the rows to shuffle, counted, as a relation that gives the same rows however often it is read.
import { InputError, QueryError } from "../core/errors.ts";
import { sampledRelation, shuffleToFile, storableRelation } from "../partition/shuffle.ts";
import { readPlan } from "../query/plan.ts";
import { parquetFiles } from "../sql/text.ts";
import type { OpenSelection } from "./open-selection.ts";
import { phase } from "./phase.ts";
import type { SelectionJob } from "./selection-job.ts";

/** A relation to shuffle. */
export interface SelectionSource {
  readonly relation: string;
  readonly rows: number;
}

/** What is written down only to be read once is written loosely. */
const LOOSE = { compression: "snappy", rowGroupRows: 122_880 } as const;

/**
 * Counts the selection. One that joins, groups or rolls dice is written down first: it would share the sort's memory, and a
 * second reading may differ. Throws QueryError where it keeps nothing, InputError where there is nothing
 * to keep.
 */
export async function openSource({ database, selection }: OpenSelection, rowsRead: number, job: SelectionJob): Promise<SelectionSource> {
  const { config, attempt } = job;
  const plan = await readPlan(database, "selection");
  const storable = storableRelation(selection.columns);
  const relation =
    config.sampleShare === undefined ? storable : sampledRelation(storable, selection.columns, config.seed, config.sampleShare);
  const written = attempt.path("selected.parquet");
  const isDirect = plan.isStreaming && selection.isDeterministic;
  const rows = await phase("count", database, job, async () => {
    if (!isDirect) return await shuffleToFile(database, relation, selection.columns, written, LOOSE, { seed: undefined });
    const [row] = await database.rows(`SELECT count(*) AS n FROM ${relation} AS prep_counted`);
    return Number(row?.["n"]);
  });
  if (rows === 0 && rowsRead === 0) throw new InputError("the metadata has no rows", "Name other files with --metadata.");
  if (rows === 0) {
    const isSampled = config.sampleShare !== undefined;
    throw new QueryError(
      isSampled ? `the query and --sample ${config.sampleShare} keep none of ${rowsRead} rows` : `the query keeps none of ${rowsRead} rows`,
      `Loosen its conditions${isSampled ? " or take a larger share" : ""}; remember that a comparison with NULL is never true.`,
    );
  }
  return { relation: isDirect ? relation : `(SELECT * FROM ${parquetFiles(written)})`, rows };
}

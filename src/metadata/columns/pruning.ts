// Counts the row groups that a scan can skip, by the statistics in the footers.
import type { Database } from "../../sql/database.ts";
import { filesToRead, quoteText } from "../../sql/text.ts";
import { isTextFile } from "../formats.ts";

/** All row groups, and those in which no row can meet the conditions. */
export interface Pruning {
  readonly rowGroups: number;
  readonly pruned: number;
}

/** SQL that is true if a row group's statistics exclude `column OPERATOR value`. */
const EXCLUDED: Readonly<Record<string, (minimum: string, maximum: string, value: string) => string>> = {
  ">": (_minimum, maximum, value) => `${maximum} <= ${value}`,
  ">=": (_minimum, maximum, value) => `${maximum} < ${value}`,
  "<": (minimum, _maximum, value) => `${minimum} >= ${value}`,
  "<=": (minimum, _maximum, value) => `${minimum} > ${value}`,
  "=": (minimum, maximum, value) => `(${value} < ${minimum} OR ${value} > ${maximum})`,
};

/** Counts row groups in the footers of all parquet files. Only conditions that compare a column with a number are used. */
export async function countPrunedRowGroups(database: Database, paths: readonly string[], filters: readonly string[]): Promise<Pruning> {
  const files = paths.filter((path) => !isTextFile(path));
  if (files.length === 0) return { rowGroups: 0, pruned: 0 };
  const conditions = filters.flatMap((filter) => {
    const [, column, operator, value] = /^"?([^"<>=]+?)"?\s*(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?)$/.exec(filter.trim()) ?? [];
    const excluded = operator === undefined ? undefined : EXCLUDED[operator];
    if (column === undefined || value === undefined || !excluded) return [];
    const [minimum, maximum] = ["stats_min_value", "stats_max_value"].map((name) => `try_cast(${name} AS DOUBLE)`);
    return [`(path_in_schema = ${quoteText(column)} AND ${excluded(minimum ?? "", maximum ?? "", value)})`];
  });
  const [row] = await database.rows(
    `SELECT count(*) AS groups, count(*) FILTER (WHERE is_pruned) AS pruned
     FROM (SELECT bool_or(coalesce(${conditions.join(" OR ") || "false"}, false)) AS is_pruned
           FROM parquet_metadata(${filesToRead(files)}) GROUP BY file_name, row_group_id)`,
  );
  return { rowGroups: Number(row?.["groups"] ?? 0), pruned: Number(row?.["pruned"] ?? 0) };
}

// Counts rows that repeat: equal rows have equal keys, so they are neighbours in the order.
import type { ColumnType, Database } from "../sql/database.ts";
import { parquetFiles } from "../sql/text.ts";
import { rowHash } from "./row-hash.ts";

/** Counts the rows of the partitions, read in their order, that equal the row before in every column. */
export async function countDuplicates(
  database: Database,
  paths: readonly string[],
  columns: readonly Pick<ColumnType, "name">[],
): Promise<number> {
  const names = columns.map(({ name }) => name);
  const [result] = await database.rows(
    `SELECT count(*) AS n FROM (SELECT h, lag(h) OVER () AS before FROM (SELECT ${rowHash(names)} AS h FROM ${parquetFiles(paths)}))
     WHERE h = before`,
  );
  return Number(result?.["n"] ?? 0);
}

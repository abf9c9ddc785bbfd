// Stage: partition. A checksum of a multiset of rows, to prove that nothing was lost and nothing came twice.
import type { Database } from "../sql/database.ts";
import { rowHash } from "./row-hash.ts";

/** Equal for two relations with the same rows in any order; different, but for a chance of about 2^-64, for all others. */
export interface RowChecksum {
  readonly rows: number;
  /** Decimal text of the sum of all row hashes, which also notices a row that comes twice. */
  readonly sum: string;
  /** Decimal text of the exclusive or of all row hashes. */
  readonly xor: string;
}

/** Reads all rows of a relation (a table name, or a subquery in parentheses) once. */
export async function checksumRows(database: Database, relation: string, columns: readonly string[]): Promise<RowChecksum> {
  const [result] = await database.rows(
    `SELECT count(*) AS n, CAST(coalesce(sum(CAST(h AS HUGEINT)), 0) AS VARCHAR) AS s, CAST(coalesce(bit_xor(h), 0) AS VARCHAR) AS x
     FROM (SELECT ${rowHash(columns)} AS h FROM ${relation})`,
  );
  return { rows: Number(result?.["n"] ?? 0), sum: String(result?.["s"]), xor: String(result?.["x"]) };
}

/** Whether two checksums speak of the same multiset of rows. */
export function sameRows(left: RowChecksum, right: RowChecksum): boolean {
  return left.rows === right.rows && left.sum === right.sum && left.xor === right.xor;
}

// A checksum of a multiset of rows, which shows that no row was lost or duplicated.
import type { Database } from "../sql/database.ts";
import { rowHash } from "./row-hash.ts";

/** The same for relations with the same rows in any order. Others differ, except by a chance of about 2^-64. */
export interface RowChecksum {
  readonly rows: number;
  /** The sum of all row hashes as decimal text. It also changes if a row comes twice. */
  readonly sum: string;
  /** The exclusive or of all row hashes as decimal text. */
  readonly xor: string;
}

/** The checksum of a relation, which is a table name or a subquery in parentheses. Reads all its rows once. */
export async function checksumRows(database: Database, relation: string, columns: readonly string[]): Promise<RowChecksum> {
  const [result] = await database.rows(
    `SELECT count(*) AS n, CAST(coalesce(sum(CAST(h AS HUGEINT)), 0) AS VARCHAR) AS s, CAST(coalesce(bit_xor(h), 0) AS VARCHAR) AS x
     FROM (SELECT ${rowHash(columns)} AS h FROM ${relation})`,
  );
  return { rows: Number(result?.["n"] ?? 0), sum: String(result?.["s"]), xor: String(result?.["x"]) };
}

/** Whether two checksums belong to the same multiset of rows. */
export function sameRows(left: RowChecksum, right: RowChecksum): boolean {
  return left.rows === right.rows && left.sum === right.sum && left.xor === right.xor;
}

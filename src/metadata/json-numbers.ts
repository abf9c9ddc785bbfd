// Between JSON and its table: columns of numbers of which DuckDB's own choice of a type would lose digits.
import type { Database } from "../sql/database.ts";

/** A column as DuckDB would type it. */
export interface JsonColumn {
  readonly name: string;
  /** As `json_group_structure` says it. */
  readonly structure: unknown;
  /** SQL of its values as text, with all their digits. */
  readonly text: string;
}

/**
 * The types that keep every whole number of those columns that need another one than DuckDB chooses: negative and positive
 * whole numbers together are HUGEINT, which parquet has as DOUBLE, and with fractions or more than 64 bits among them DOUBLE.
 */
export async function exactNumberTypes(database: Database, relation: string, columns: readonly JsonColumn[]): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  const risky = columns.filter(({ structure }) => structure === "DOUBLE" || structure === "HUGEINT");
  if (risky.length === 0) return types;
  const tests = risky.map(
    ({ text }, index) =>
      // As in csv: a whole number of more digits is an identifier that a DOUBLE would round.
      `bool_or(regexp_full_match(${text}, '-?[0-9]{16,}')) AS w${index}, bool_and(TRY_CAST(${text} AS BIGINT) IS NOT NULL) FILTER (${text} IS NOT NULL) AS i${index}`,
  );
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM ${relation}`);
  for (const [index, { name, structure }] of risky.entries()) {
    if (structure === "HUGEINT") types.set(name, row?.[`i${index}`] ? "BIGINT" : "DECIMAL(38,0)");
    else if (row?.[`w${index}`]) types.set(name, "VARCHAR");
  }
  return types;
}

// Between JSON and its table: columns of numbers of which DuckDB's own choice of a type would lose digits.
import type { Database } from "../../sql/database.ts";

/** A column as DuckDB would type it. */
export interface JsonColumn {
  readonly name: string;
  /** As `json_group_structure` says it. */
  readonly structure: unknown;
  /** SQL of its values as text, with all their digits. */
  readonly text: string;
}

/** Digits that fit a BIGINT whatever they are. */
const SAFE_DIGITS = 18;

/**
 * Structures in which whole numbers are signed, as every other reader and format has them: `json_group_structure` says UBIGINT
 * wherever none is negative. Left as it is where a number needs the unsigned type, or may, inside of lists and objects.
 */
export async function signedStructures(
  database: Database,
  relation: string,
  columns: readonly JsonColumn[],
): Promise<Map<string, unknown>> {
  const unsigned = columns.filter(({ structure }) => JSON.stringify(structure).includes('"UBIGINT"'));
  if (unsigned.length === 0) return new Map();
  const tests = unsigned.map(({ structure, text }, index) =>
    structure === "UBIGINT"
      ? `coalesce(bool_and(TRY_CAST(${text} AS BIGINT) IS NOT NULL) FILTER (${text} IS NOT NULL), true) AS s${index}`
      : `NOT coalesce(bool_or(regexp_matches(${text}, '[0-9]{${SAFE_DIGITS + 1},}')), false) AS s${index}`,
  );
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM ${relation}`);
  return new Map(unsigned.filter((_, index) => row?.[`s${index}`] === true).map(({ name, structure }) => [name, signed(structure)]));
}

/** Keys stay as they are: one may be called UBIGINT. */
function signed(structure: unknown): unknown {
  if (structure === "UBIGINT") return "BIGINT";
  if (Array.isArray(structure)) return structure.map(signed);
  if (structure === null || typeof structure !== "object") return structure;
  return Object.fromEntries(Object.entries(structure).map(([key, value]) => [key, signed(value)]));
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

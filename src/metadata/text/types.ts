// Chooses column types of text files so that every value stays as it is written.
import type { ColumnType, Database } from "../../sql/database.ts";
import { quoteName } from "../../sql/text.ts";
import { layoutOf } from "../formats.ts";
import { readFiles } from "../read-files.ts";

/** DuckDB decides on csv types by this many rows of a file. JSON types are decided by all objects. */
const SAMPLE_ROWS = 20_480;

/** Whole numbers of more digits are identifiers that a DOUBLE would round. */
const EXACT_DIGITS = 15;

/** Any whole number of this many digits fits a BIGINT. */
const BIGINT_DIGITS = 18;

/** DATE and TIMESTAMP as types at any depth. A name of a field is followed by its type. */
const DATES = /"(?:[^"]|"")*"|\b(?:DATE|TIMESTAMP)\b(?=[[,)]|$)/g;

/** Times with an offset, days that do not begin with a year of four digits, and hours with AM or PM. */
const ODD_DATE = `[0-9]:[0-9]{2}([.][0-9]+)?[-+][0-9]|(^|")[0-9]{1,2}-[0-9]{1,2}-[0-9]{2}|:[0-9]{2} [AaPp][Mm]`;

/**
 * Corrects the types that DuckDB found in a text file where it would change values. It takes long whole numbers for
 * fractions and rounds them. In JSON it reads only one notation of dates once it is told the types.
 */
export async function correctedTypes(
  database: Database,
  path: string,
  columns: readonly ColumnType[],
  isDoubleQuoted = false,
): Promise<readonly ColumnType[]> {
  const isJson = layoutOf(path) === "objects";
  const suspects = columns.filter(({ type }) => type === "DOUBLE" || (isJson && withoutDates(type) !== type));
  if (suspects.length === 0) return columns;
  const texts = suspects.map(({ name }) => name);
  const reading = { unionByName: true, folderKeys: [], isDoubleQuoted, texts, columns: texts.map((name) => ({ name, type: "VARCHAR" })) };
  const tests = suspects.map(({ name, type }, index) => `bool_or(${type === "DOUBLE" ? isLong(name) : isOddDate(name)}) AS d${index}`);
  const limit = isJson ? "" : ` LIMIT ${SAMPLE_ROWS}`;
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM (FROM ${readFiles([path], reading)}${limit})`);
  const changed = new Map(suspects.filter((_, index) => row?.[`d${index}`] === true).map(({ name, type }) => [name, textType(type)]));
  return columns.map(({ name, type }) => ({ name, type: changed.get(name) ?? type }));
}

function isLong(name: string): string {
  return `regexp_full_match(${quoteName(name)}, '[-+]?[0-9]{${EXACT_DIGITS + 1},}')`;
}

function isOddDate(name: string): string {
  return `regexp_matches(regexp_replace(${quoteName(name)}, '[+]00:?00', 'Z', 'g'), '${ODD_DATE}')`;
}

function textType(type: string): string {
  return type === "DOUBLE" ? "VARCHAR" : withoutDates(type);
}

/** A type with VARCHAR in place of dates and timestamps, at any depth. */
export function withoutDates(type: string): string {
  return type.replaceAll(DATES, (match) => (match.startsWith('"') ? match : "VARCHAR"));
}

/** SQL of a relation of text columns, where each column not in `texts` gets the type that all its values have. */
export async function typedFields(
  database: Database,
  relation: string,
  names: readonly string[],
  texts: readonly string[],
): Promise<string> {
  const types = await fieldTypes(
    database,
    relation,
    names.filter((name) => !texts.includes(name)),
  );
  const columns = names.map((name) => {
    const type = types.get(name);
    return type ? `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}` : quoteName(name);
  });
  return `SELECT ${columns.join(", ")} FROM ${relation}`;
}

/** Types other than text that every value of a column has and that give the same digits back. */
async function fieldTypes(database: Database, relation: string, names: readonly string[]): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  if (names.length === 0) return types;
  const tests = names.map((name, index) => {
    const column = quoteName(name);
    const number = `regexp_full_match(${column}, '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?')`;
    const fits = `(length(${column}) <= ${EXACT_DIGITS} OR regexp_matches(${column}, '[.eE]'))`;
    return `bool_and(lower(${column}) IN ('true', 'false')) AS b${index},
      bool_and(TRY_CAST(${column} AS BIGINT)::VARCHAR IS NOT DISTINCT FROM ${column}) FILTER (${column} IS NOT NULL) AS i${index},
      bool_and(${number} AND ${fits} AND isfinite(TRY_CAST(${column} AS DOUBLE))) AS d${index}`;
  });
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM ${relation}`);
  for (const [index, name] of names.entries()) {
    const type = row?.[`b${index}`] ? "BOOLEAN" : row?.[`i${index}`] ? "BIGINT" : row?.[`d${index}`] ? "DOUBLE" : undefined;
    if (type) types.set(name, type);
  }
  return types;
}

/** A column of JSON objects as DuckDB would type it. */
export interface JsonColumn {
  readonly name: string;
  /** The answer of `json_group_structure`. */
  readonly structure: unknown;
  /** SQL of the values as text, with all their digits. */
  readonly text: string;
}

/**
 * Structures with BIGINT in place of UBIGINT, which `json_group_structure` says if no number is negative. Other readers and
 * formats have signed numbers. A column is left out if a number needs the unsigned type, or may need it inside a list or
 * object.
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
      : `NOT coalesce(bool_or(regexp_matches(${text}, '[0-9]{${BIGINT_DIGITS + 1},}')), false) AS s${index}`,
  );
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM ${relation}`);
  return new Map(unsigned.filter((_, index) => row?.[`s${index}`] === true).map(({ name, structure }) => [name, signed(structure)]));
}

/** Keys stay as they are, because one may be called UBIGINT. */
function signed(structure: unknown): unknown {
  if (structure === "UBIGINT") return "BIGINT";
  if (Array.isArray(structure)) return structure.map(signed);
  if (structure === null || typeof structure !== "object") return structure;
  return Object.fromEntries(Object.entries(structure).map(([key, value]) => [key, signed(value)]));
}

/**
 * Types that keep every whole number, for the columns where DuckDB's choice would not. It takes negative and positive whole
 * numbers together for HUGEINT, which parquet stores as DOUBLE, and chooses DOUBLE for fractions or more than 64 bits.
 */
export async function exactNumberTypes(database: Database, relation: string, columns: readonly JsonColumn[]): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  const risky = columns.filter(({ structure }) => structure === "DOUBLE" || structure === "HUGEINT");
  if (risky.length === 0) return types;
  const tests = risky.map(
    ({ text }, index) =>
      `bool_or(regexp_full_match(${text}, '-?[0-9]{${EXACT_DIGITS + 1},}')) AS w${index}, bool_and(TRY_CAST(${text} AS BIGINT) IS NOT NULL) FILTER (${text} IS NOT NULL) AS i${index}`,
  );
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM ${relation}`);
  for (const [index, { name, structure }] of risky.entries()) {
    if (structure === "HUGEINT") types.set(name, row?.[`i${index}`] ? "BIGINT" : "DECIMAL(38,0)");
    else if (row?.[`w${index}`]) types.set(name, "VARCHAR");
  }
  return types;
}

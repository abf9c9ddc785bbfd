// Between the types that DuckDB finds in a text file and those that it is read by: text where a value would become another.
import type { ColumnType, Database } from "../../sql/database.ts";
import { quoteName } from "../../sql/text.ts";
import { formatOf, readFiles } from "../formats.ts";

/** As many rows as tell DuckDB the types of csv; those of JSON all objects tell. */
const SAMPLE_ROWS = 20_480;

/** DATE and TIMESTAMP as types, at whatever depth; a name is followed by its type. */
const DATES = /"(?:[^"]|"")*"|\b(?:DATE|TIMESTAMP)\b(?=[[,)]|$)/g;

/** Times with an offset, days that do not begin with four digits of a year, and the hours of half a day. */
const ODD_DATE = `[0-9]:[0-9]{2}([.][0-9]+)?[-+][0-9]|(^|")[0-9]{1,2}-[0-9]{1,2}-[0-9]{2}|:[0-9]{2} [AaPp][Mm]`;

/**
 * The columns of a text file with other types where DuckDB would change values: whole numbers that are so long that it takes
 * them for fractions, and rounds; and dates in JSON, of whose ways to write them it reads one alone when it is told the types.
 */
export async function exactTypes(
  database: Database,
  path: string,
  columns: readonly ColumnType[],
  isDoubleQuoted = false,
): Promise<readonly ColumnType[]> {
  const isJson = formatOf(path) === "jsonl";
  const suspects = columns.filter(({ type }) => type === "DOUBLE" || (isJson && withoutDates(type) !== type));
  if (suspects.length === 0) return columns;
  const texts = suspects.map(({ name }) => name);
  const reading = { unionByName: true, folderKeys: [], isDoubleQuoted, texts, columns: texts.map((name) => ({ name, type: "VARCHAR" })) };
  const tests = suspects.map(({ name, type }, index) => `bool_or(${type === "DOUBLE" ? isLong(name) : isOddDate(name)}) AS d${index}`);
  const limit = isJson ? "" : ` LIMIT ${SAMPLE_ROWS}`;
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM (FROM ${readFiles([path], reading)}${limit})`);
  const changed = new Map(suspects.filter((_, index) => row?.[`d${index}`] === true).map(({ name, type }) => [name, exactType(type)]));
  return columns.map(({ name, type }) => ({ name, type: changed.get(name) ?? type }));
}

function isLong(name: string): string {
  return `regexp_full_match(${quoteName(name)}, '[-+]?[0-9]{16,}')`;
}

function isOddDate(name: string): string {
  return `regexp_matches(regexp_replace(${quoteName(name)}, '[+]00:?00', 'Z', 'g'), '${ODD_DATE}')`;
}

function exactType(type: string): string {
  return type === "DOUBLE" ? "VARCHAR" : withoutDates(type);
}

/** A type whose dates are text. */
export function withoutDates(type: string): string {
  return type.replaceAll(DATES, (match) => (match.startsWith('"') ? match : "VARCHAR"));
}

// Stage: partition. Types that parquet cannot hold exactly are written as the nearest type that it can.
import type { ColumnType } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";

/** The select list that makes every column of the selection storable in parquet without losing a digit. */
export function storableSelectList(columns: readonly ColumnType[]): string {
  return columns.map(({ name, type }) => `${storableExpression(quoteName(name), type)} AS ${quoteName(name)}`).join(", ");
}

function storableExpression(column: string, type: string): string {
  const storable = storableType(type);
  if (storable === type) return column;
  const cast = `CAST(${column} AS ${storable})`;
  // The cast makes JSON's null of NULL.
  return type === "VARIANT" ? `CASE WHEN ${column} IS NOT NULL THEN ${cast} END` : cast;
}

/**
 * Parquet has no such type, or DuckDB writes it as something else (HUGEINT as DOUBLE), or not all of it (INTERVAL without
 * its microseconds, TIMETZ without its offset), or other programs cannot read it: these keep every digit and letter.
 */
const STORABLE: Readonly<Record<string, string>> = {
  HUGEINT: "DECIMAL(38,0)",
  UHUGEINT: "VARCHAR",
  BIGNUM: "VARCHAR",
  BIT: "VARCHAR",
  "TIME WITH TIME ZONE": "VARCHAR",
  TIME_NS: "VARCHAR",
  INTERVAL: "VARCHAR",
  GEOMETRY: "VARCHAR",
  VARIANT: "JSON",
  ENUM: "VARCHAR",
  UNION: "VARCHAR",
  // DuckDB reads these back as TIMESTAMP; the same instants, and the row groups can be copied.
  TIMESTAMP_MS: "TIMESTAMP",
  TIMESTAMP_S: "TIMESTAMP",
};

/** A quoted field, the head of a type (words, for some types several), or one other character. */
const TOKEN = /"(?:[^"]|"")*"|TIME(?:STAMP)? WITH TIME ZONE|\w+|[\s\S]/g;

/** What a type is stored as, at whatever depth of lists, structs and maps; a list of fixed length is stored as a list. */
export function storableType(type: string): string {
  const tokens = withoutArguments(type).match(TOKEN) ?? [];
  return tokens
    .map((token) => STORABLE[token] ?? token)
    .join("")
    .replaceAll(/\[\d+\]/g, "[]");
}

/** The members of ENUM and UNION do not matter, and may look like anything. */
function withoutArguments(type: string): string {
  let text = "";
  for (let at = 0; at < type.length; ) {
    const quoted = quotedAt(type, at);
    const named = quoted === "" ? /^(?:ENUM|UNION|GEOMETRY)(?=\()/.exec(type.slice(at))?.[0] : undefined;
    text += named ?? (quoted || type[at]);
    at = named ? endOfArguments(type, at + named.length) : at + Math.max(1, quoted.length);
  }
  return text;
}

/** The quoted name or text that begins here, or nothing. */
function quotedAt(type: string, at: number): string {
  return /^(?:"(?:[^"]|"")*"|'(?:[^']|'')*')/.exec(type.slice(at))?.[0] ?? "";
}

/** Where the parenthesis that opens here is closed again, parentheses inside quotes not counted. */
function endOfArguments(type: string, open: number): number {
  let depth = 0;
  for (let at = open; at < type.length; at += Math.max(1, quotedAt(type, at).length)) {
    if (type[at] === "(") depth++;
    else if (type[at] === ")" && --depth === 0) return at + 1;
  }
  return type.length;
}

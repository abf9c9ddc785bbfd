// Stores values whose type parquet cannot hold in the nearest type that it can.
import type { ColumnType } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";

/** A select list that makes every column storable in parquet without the loss of a digit. */
export function storableSelectList(columns: readonly ColumnType[]): string {
  return columns.map(({ name, type }) => `${storableExpression(quoteName(name), type)} AS ${quoteName(name)}`).join(", ");
}

function storableExpression(column: string, type: string): string {
  const storable = storableType(type);
  if (storable === type) return column;
  const cast = `CAST(${column} AS ${storable})`;
  // The cast alone would turn NULL into JSON's null.
  return type === "VARIANT" ? `CASE WHEN ${column} IS NOT NULL THEN ${cast} END` : cast;
}

/**
 * Types and what they are stored as, so that every digit and letter is kept. Parquet lacks these types; or DuckDB writes them as
 * something else (HUGEINT as DOUBLE) or in part (INTERVAL without its microseconds, TIMETZ without its offset); or other
 * programs cannot read them.
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
  // DuckDB reads these back as TIMESTAMP. The instants are the same, and the row groups can be copied.
  TIMESTAMP_MS: "TIMESTAMP",
  TIMESTAMP_S: "TIMESTAMP",
};

/** A quoted field name, a type's name of one or more words, or one other character. */
const TOKEN = /"(?:[^"]|"")*"|TIME(?:STAMP)? WITH TIME ZONE|\w+|[\s\S]/g;

/** The type as which a type is stored, at any depth of lists, structs and maps. A list of fixed length is stored as a list. */
export function storableType(type: string): string {
  const tokens = withoutArguments(type).match(TOKEN) ?? [];
  return tokens
    .map((token) => STORABLE[token] ?? token)
    .join("")
    .replaceAll(/\[\d+\]/g, "[]");
}

/** Removes the arguments of ENUM, UNION and GEOMETRY: they do not matter and may look like a type. */
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

/** The quoted name or text that begins here; empty if there is none. */
function quotedAt(type: string, at: number): string {
  return /^(?:"(?:[^"]|"")*"|'(?:[^']|'')*')/.exec(type.slice(at))?.[0] ?? "";
}

/** The position after the parenthesis that closes the one at `open`. Parentheses inside quotes do not count. */
function endOfArguments(type: string, open: number): number {
  let depth = 0;
  for (let at = open; at < type.length; at += Math.max(1, quotedAt(type, at).length)) {
    if (type[at] === "(") depth++;
    else if (type[at] === ")" && --depth === 0) return at + 1;
  }
  return type.length;
}

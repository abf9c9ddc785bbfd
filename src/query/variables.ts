// Between the command line and the query: `--set name=value` becomes a DuckDB variable that getvariable reads.
import { UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import type { Database } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";
import type { VariableUse } from "./tokens.ts";

/** A value and the type that it has in DuckDB. */
export interface VariableValue {
  readonly type: "BIGINT" | "HUGEINT" | "DOUBLE" | "BOOLEAN" | "VARCHAR";
  /** As SQL casts it. */
  readonly text: string;
}

/** Variables by name, as the user wrote it. */
export type Variables = ReadonlyMap<string, VariableValue>;

/** `name=value` arguments; of equal names (DuckDB ignores case) the last wins. Throws UsageError where there is no name or no `=`. */
export function parseVariables(assignments: readonly string[]): Variables {
  const variables = new Map<string, VariableValue>();
  for (const assignment of assignments) {
    const match = /^\s*([^=\s][^=]*?)\s*=([\s\S]*)$/.exec(assignment);
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--set ${assignment}: expected name=value`, "Write for instance --set min_size=768.");
    }
    const before = [...variables.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
    if (before !== undefined) variables.delete(before);
    variables.set(name, parseValue(value));
  }
  return variables;
}

/** Quotes make a string of anything; without them numbers and booleans are what they look like. */
function parseValue(text: string): VariableValue {
  const value = text.trim();
  const quoted = /^'([\s\S]*)'$/.exec(value) ?? /^"([\s\S]*)"$/.exec(value);
  if (quoted) return { type: "VARCHAR", text: (quoted[1] ?? "").replaceAll(value.startsWith("'") ? "''" : '""', value.charAt(0)) };
  if (/^(true|false)$/i.test(value)) return { type: "BOOLEAN", text: value.toLowerCase() };
  if (/^[+-]?\d+$/.test(value)) {
    const integer = BigInt(value.replace("+", ""));
    if (BigInt.asIntN(64, integer) === integer) return { type: "BIGINT", text: integer.toString() };
    if (BigInt.asIntN(128, integer) === integer) return { type: "HUGEINT", text: integer.toString() };
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) && Number.isFinite(Number(value))) return { type: "DOUBLE", text: value };
  return { type: "VARCHAR", text };
}

/**
 * Throws UsageError for a variable that no statement reads. Returns a notice for each that is read without a default
 * and not set, since it is NULL then and a comparison with it keeps no row.
 */
export function checkVariables(variables: Variables, uses: readonly VariableUse[]): string[] {
  const read = new Map(uses.map(({ name }) => [name.toLowerCase(), name]));
  for (const name of variables.keys()) {
    if (read.has(name.toLowerCase())) continue;
    const nearest = nearestName(name, read.values());
    const known =
      read.size > 0 ? `It reads ${[...read.values()].join(", ")}.` : "It reads no variable: write getvariable('name') where one is wanted.";
    throw new UsageError(`--set ${name}: the query reads no such variable`, `${nearest ? `Did you mean ${nearest}? ` : ""}${known}`);
  }
  const set = new Set([...variables.keys()].map((name) => name.toLowerCase()));
  const withDefault = new Set(uses.flatMap((use) => (use.hasDefault ? [use.name.toLowerCase()] : [])));
  return [...read].flatMap(([key, name]) =>
    set.has(key) || withDefault.has(key)
      ? []
      : [`the variable ${name} is not set and has no default in the query: it is NULL (--set ${name}=...)`],
  );
}

/** Sets variables in the database with their types. */
export async function setVariables(database: Database, variables: Variables): Promise<void> {
  for (const [name, { type, text }] of variables) {
    await database.run(`SET VARIABLE ${quoteName(name)} = CAST($value AS ${type})`, { value: text });
  }
}

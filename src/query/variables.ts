// Turns `--set name=value` into DuckDB variables, which getvariable reads.
import { UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import type { Database } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";
import type { VariableUse } from "./tokens.ts";

/** A value and its DuckDB type. */
export interface VariableValue {
  readonly type: "BIGINT" | "HUGEINT" | "DOUBLE" | "BOOLEAN" | "VARCHAR";
  /** Text that SQL casts to the type. */
  readonly text: string;
}

/** Variables by their names as the user wrote them. */
export type Variables = ReadonlyMap<string, VariableValue>;

/** Parses `name=value` arguments. Of equal names, whatever their case, the last wins. Throws UsageError if there is no name or `=`. */
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

/** A quoted value is text. Without quotes, a value that looks like a number or boolean is one. */
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
 * Throws UsageError for a variable that no statement reads. Returns a notice for each variable that is read without a default and
 * not set, because it is NULL and a comparison with NULL keeps no row.
 */
export function checkVariables(variables: Variables, uses: readonly VariableUse[]): string[] {
  const read = new Map(uses.map(({ name }) => [name.toLowerCase(), name]));
  for (const name of variables.keys()) {
    if (read.has(name.toLowerCase())) continue;
    const nearest = nearestName(name, read.values());
    const known =
      read.size > 0 ? `It reads ${[...read.values()].join(", ")}.` : "It reads no variable. Write getvariable('name') to read one.";
    throw new UsageError(`--set ${name}: the query reads no such variable`, `${nearest ? `Did you mean ${nearest}? ` : ""}${known}`);
  }
  const set = new Set([...variables.keys()].map((name) => name.toLowerCase()));
  const withDefault = new Set(uses.flatMap((use) => (use.hasDefault ? [use.name.toLowerCase()] : [])));
  return [...read].flatMap(([key, name]) =>
    set.has(key) || withDefault.has(key)
      ? []
      : [`the variable ${name} has no default in the query and is not set, so it is NULL (--set ${name}=...)`],
  );
}

/** Sets variables in the database with their types. */
export async function setVariables(database: Database, variables: Variables): Promise<void> {
  for (const [name, { type, text }] of variables) {
    await database.run(`SET VARIABLE ${quoteName(name)} = CAST($value AS ${type})`, { value: text });
  }
}

// Core vocabulary: JSON that keeps 64-bit integers exact, which JSON.stringify cannot.
import type { JsonValue } from "./sample.ts";

/**
 * Compact JSON of a value. bigint becomes an integer literal, NaN and infinities become null, lone surrogates are escaped
 * (`JSON.stringify` does so since ES2019), and the order of properties is that of the object.
 */
export function stringifyExact(value: JsonValue): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(stringifyExact).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value as Readonly<Record<string, JsonValue>>);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${stringifyExact(member)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

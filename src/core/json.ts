// JSON that keeps 64-bit integers exact, which JSON.stringify cannot do.
import type { JsonValue } from "./sample.ts";

/**
 * The parts of a value whose numbers keep a point even if they are whole: the value itself, the elements of a list, the values of a map,
 * some members of a struct. Readers infer types from single samples. Without the point they would find integers in one sample and fractions
 * in the next.
 */
export type Fractions =
  | "number"
  | { readonly elements: Fractions }
  | { readonly values: Fractions }
  | { readonly members: ReadonlyMap<string, Fractions> };

/**
 * Compact JSON of a value. bigint becomes an integer literal, NaN and infinities become null, and lone surrogates are escaped, as
 * `JSON.stringify` does since ES2019. Properties keep the object's order. Numbers that `fractions` names are written as Python writes
 * floats: `1.0`, `-0.0`.
 */
export function stringifyExact(value: JsonValue, fractions?: Fractions): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return fractions === "number" ? fractionText(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((member) => stringifyExact(member, elementsOf(fractions))).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value as Readonly<Record<string, JsonValue>>);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${stringifyExact(member, memberOf(fractions, name))}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

function fractionText(value: number): string {
  const text = Object.is(value, -0) ? "-0" : JSON.stringify(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function elementsOf(fractions: Fractions | undefined): Fractions | undefined {
  return typeof fractions === "object" && "elements" in fractions ? fractions.elements : undefined;
}

function memberOf(fractions: Fractions | undefined, name: string): Fractions | undefined {
  if (typeof fractions !== "object") return undefined;
  if ("values" in fractions) return fractions.values;
  return "members" in fractions ? fractions.members.get(name) : undefined;
}

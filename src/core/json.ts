// Core vocabulary: JSON that keeps 64-bit integers exact, which JSON.stringify cannot.
import type { JsonValue } from "./sample.ts";

/**
 * Where a value holds numbers of a type with fractions, which keep a point where they are whole: all of it, the elements of
 * a list, the values of a map, some members of a struct. Readers that tell types by the values, a sample at a time, would
 * find integers in one sample and fractions in the next.
 */
export type Fractions =
  | "number"
  | { readonly elements: Fractions }
  | { readonly values: Fractions }
  | { readonly members: ReadonlyMap<string, Fractions> };

/**
 * Compact JSON of a value. bigint becomes an integer literal, NaN and infinities become null, lone surrogates are escaped
 * (`JSON.stringify` does so since ES2019), and the order of properties is that of the object. What is of `fractions` is
 * written as Python does: `1.0`, `-0.0`.
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

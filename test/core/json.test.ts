// JSON of exact integers, and of numbers that keep their point.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fractions, stringifyExact } from "../../src/core/json.ts";
import type { JsonValue } from "../../src/core/sample.ts";

describe("exact JSON", () => {
  it("writes 64-bit integers as integers, not rounded and not as text", () => {
    expect(stringifyExact({ hash: -6254578052333632725n, big: 170141183460469231731687303715884105727n })).toBe(
      '{"hash":-6254578052333632725,"big":170141183460469231731687303715884105727}',
    );
  });

  it("writes NaN and infinities as null, nested values as nested, and escapes NUL", () => {
    expect(stringifyExact({ a: Number.NaN, b: [1, { c: Number.NEGATIVE_INFINITY }], d: "x\0y" })).toBe(
      '{"a":null,"b":[1,{"c":null}],"d":"x\\u0000y"}',
    );
  });

  it("writes whole numbers of a type with fractions with a point at any depth, and other numbers as they are", () => {
    const fractions: Fractions = {
      members: new Map<string, Fractions>([
        ["score", "number"],
        ["boxes", { elements: { elements: "number" } }],
        ["map", { values: "number" }],
      ]),
    };
    const value = { score: 1, id: 1, boxes: [[0, 0.5], null], map: { a: -0, b: 1e21, c: Number.NaN } };
    expect(stringifyExact(value, fractions)).toBe('{"score":1.0,"id":1,"boxes":[[0.0,0.5],null],"map":{"a":-0.0,"b":1e+21,"c":null}}');
  });

  it("keeps a property called __proto__", () => {
    expect(stringifyExact(JSON.parse('{"__proto__":{"a":1},"b":2}') as JsonValue)).toBe('{"__proto__":{"a":1},"b":2}');
  });

  it("agrees with JSON.stringify on everything that JSON.stringify can say", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyExact(value as JsonValue)).toBe(JSON.stringify(value));
      }),
    );
  });
});

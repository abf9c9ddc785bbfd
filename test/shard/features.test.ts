// Features of a tf.train.Example for columns of each type, and for missing values.
import { describe, expect, it } from "vitest";
import type { JsonValue, Sample } from "../../src/core/sample.ts";
import { featureKind, sampleFeatures } from "../../src/shard/features.ts";
import { decodeExample, encodeExample } from "../../src/tfrecord/example.ts";

it.each([
  ["BOOLEAN", "int64"],
  ["UTINYINT", "int64"],
  ["UINTEGER", "int64"],
  ["BIGINT", "int64"],
  ["BIGINT[]", "list of int64"],
  ["INTEGER[3]", "list of int64"],
  ["UBIGINT", "text"],
  ["HUGEINT", "text"],
  ["DECIMAL(38,0)", "text"],
  ["DECIMAL(4,1)", "float"],
  ["FLOAT", "float"],
  ["DOUBLE[]", "list of float"],
  ["DECIMAL(4,1)[]", "list of float"],
  ["BLOB", "blob"],
  ["BLOB[]", "list of blob"],
  ["VARCHAR", "text"],
  ["VARCHAR[]", "list of text"],
  ["DATE[]", "list of text"],
  ["JSON[]", "list of text"],
  ["TIMESTAMP WITH TIME ZONE", "text"],
  ["INTEGER[][]", "text"],
  ["STRUCT(a INTEGER)", "text"],
  ["STRUCT(a INTEGER)[]", "text"],
  ["MAP(VARCHAR, BIGINT)", "text"],
  ["MAP(VARCHAR, BIGINT)[]", "text"],
])("a column of type %s is a feature of kind %s", (type, kind) => {
  const { of, isList } = featureKind(type);
  expect(`${isList ? "list of " : ""}${of}`).toBe(kind);
});

/** The feature of a carried column as a reader sees it: undefined if absent, bytes as text. */
function featureOf(type: string, value: JsonValue): unknown {
  const sample: Sample = { key: "0", index: 0, url: "u", caption: null, columns: { column: value } };
  const stored = { image: Buffer.alloc(0), extension: "jpg", width: 1, height: 1, originalWidth: 1, originalHeight: 1 };
  const types = { kinds: new Map([["column", featureKind(type)]]), fractions: new Map() };
  const feature = decodeExample(encodeExample(sampleFeatures(sample, stored, undefined, false, types))).get("column");
  if (feature?.kind !== "bytes") return feature;
  return { kind: "bytes", values: feature.values.map((bytes) => Buffer.from(bytes).toString()) };
}

const bytes = (...values: string[]) => ({ kind: "bytes", values });

describe("a missing value", () => {
  it.each(["VARCHAR[]", "BLOB[]", "DATE[]", "BIGINT[]", "DOUBLE[]", "BIGINT", "DOUBLE"])("of type %s has no feature", (type) => {
    expect(featureOf(type, null)).toBeUndefined();
  });

  it.each(["VARCHAR", "BLOB", "DATE", "STRUCT(a INTEGER)", "MAP(VARCHAR, BIGINT)", "INTEGER[][]", "STRUCT(a INTEGER)[]"])(
    "of type %s is an empty text",
    (type) => {
      expect(featureOf(type, null)).toEqual(bytes(""));
    },
  );

  it.each([
    ["VARCHAR[]", "bytes"],
    ["BLOB[]", "bytes"],
    ["BIGINT[]", "int64"],
    ["DOUBLE[]", "float"],
  ])("is not an empty %s, which is a feature without values", (type, kind) => {
    expect(featureOf(type, [])).toEqual({ kind, values: [] });
  });

  it("inside a list is empty for texts and BLOBs, NaN for floats, and left out for integers", () => {
    expect(featureOf("VARCHAR[]", ["a", null, ""])).toEqual(bytes("a", "", ""));
    expect(featureOf("BLOB[]", [Buffer.from("a").toString("base64"), null])).toEqual(bytes("a", ""));
    expect(featureOf("DOUBLE[]", [0.5, null])).toEqual({ kind: "float", values: [0.5, Number.NaN] });
    expect(featureOf("BIGINT[]", [1, null, 3])).toEqual({ kind: "int64", values: [1n, 3n] });
  });

  it.each([
    ["INTEGER[][]", [], "[]"],
    ["INTEGER[][]", [null], "[null]"],
    ["INTEGER[][]", [[1], null], "[[1],null]"],
    ["STRUCT(a INTEGER)[]", [], "[]"],
    ["STRUCT(a INTEGER)[]", [null], "[null]"],
    ["STRUCT(a INTEGER)[]", [{ a: null }], '[{"a":null}]'],
    ["STRUCT(a INTEGER[])", { a: null }, '{"a":null}'],
  ])("inside a nested %s stays in its JSON: %j", (type, value, json) => {
    expect(featureOf(type, value as JsonValue)).toEqual(bytes(json));
  });
});

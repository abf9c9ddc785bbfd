import { expect, it } from "vitest";
import { featureKind } from "../../src/shard/features.ts";

it.each([
  ["BOOLEAN", "int64"],
  ["UTINYINT", "int64"],
  ["UINTEGER", "int64"],
  ["BIGINT", "int64"],
  ["BIGINT[]", "int64"],
  ["INTEGER[3]", "int64"],
  ["UBIGINT", "text"],
  ["HUGEINT", "text"],
  ["DECIMAL(38,0)", "text"],
  ["DECIMAL(4,1)", "float"],
  ["FLOAT", "float"],
  ["DOUBLE[]", "float"],
  ["BLOB", "blob"],
  ["VARCHAR", "text"],
  ["TIMESTAMP WITH TIME ZONE", "text"],
  ["INTEGER[][]", "text"],
  ["STRUCT(a INTEGER)", "text"],
  ["MAP(VARCHAR, BIGINT)", "text"],
])("a column of type %s is a feature of kind %s", (type, kind) => {
  expect(featureKind(type)).toBe(kind);
});

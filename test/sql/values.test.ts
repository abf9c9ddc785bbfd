// Values of DuckDB as JSON.
import { describe, expect, it } from "vitest";
import { stringifyExact } from "../../src/core/json.ts";
import { openTestDatabase } from "../support/parquet.ts";

/** What each type looks like in a sample's JSON. */
const CASES: readonly [string, string][] = [
  ["9007199254740993::BIGINT", "9007199254740993"],
  ["-6254578052333632725::BIGINT", "-6254578052333632725"],
  ["170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"],
  ["18446744073709551615::UBIGINT", "18446744073709551615"],
  ["7::TINYINT", "7"],
  ["true", "true"],
  ["NULL::INTEGER", "null"],
  ["'nan'::DOUBLE", "null"],
  ["'inf'::FLOAT", "null"],
  ["0.5::DOUBLE", "0.5"],
  ["12.34::DECIMAL(6,2)", "12.34"],
  ["'text \"quoted\"'", '"text \\"quoted\\""'],
  // A U+FEFF at the start belongs to the text: it is no byte-order mark.
  ["chr(65279) || 'a'", '"\ufeffa"'],
  ["[{'a': chr(65279) || 'twelve or more bytes'}]", '[{"a":"\ufefftwelve or more bytes"}]'],
  ["'\\x00\\xFF'::BLOB", '"AP8="'],
  ["DATE '2024-02-29'", '"2024-02-29"'],
  ["TIMESTAMP '2024-02-29 12:34:56.5'", '"2024-02-29T12:34:56.5"'],
  ["TIMESTAMPTZ '2024-02-29 12:34:56+00'", '"2024-02-29T12:34:56Z"'],
  ["[1, 2, NULL]", "[1,2,null]"],
  ["[[0.5], []]::DOUBLE[][]", "[[0.5],[]]"],
  ["{'a': 1, 'b': 'x'}", '{"a":1,"b":"x"}'],
  ["MAP {'k': 1}", '{"k":1}'],
  ["'5a1b7e0e-0000-4000-8000-000000000000'::UUID", '"5a1b7e0e-0000-4000-8000-000000000000"'],
  ["'happy'::ENUM('happy', 'sad')", '"happy"'],
];

describe("values in a sample's JSON", () => {
  it("keep what JSON can say, and become text or null otherwise", async () => {
    const database = await openTestDatabase();
    try {
      for (const [sql, json] of CASES) {
        const [row] = await database.rows(`SELECT ${sql} AS v`);
        expect([sql, stringifyExact(row?.["v"] ?? null)]).toEqual([sql, json]);
      }
    } finally {
      database.close();
    }
  });
});

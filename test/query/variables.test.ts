// Variables of --set: types, order, and names that no statement reads.
import { expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { parseVariables } from "../../src/query/variables.ts";
import { select } from "../support/query/prepared-query.ts";

test.each([
  ["768", "BIGINT", "768"],
  ["-3", "BIGINT", "-3"],
  ["18446744073709551615", "HUGEINT", "18446744073709551615"],
  ["0.5", "DOUBLE", "0.5"],
  ["1e-3", "DOUBLE", "1e-3"],
  ["true", "BOOLEAN", "true"],
  ["en", "VARCHAR", "en"],
  ["'768'", "VARCHAR", "768"],
  ['"it is"', "VARCHAR", "it is"],
  ["'it''s'", "VARCHAR", "it's"],
  ["a=b", "VARCHAR", "a=b"],
  ["", "VARCHAR", ""],
])("--set x=%s is a %s", async (text, type, value) => {
  expect(parseVariables([`x=${text}`]).get("x")).toEqual({ type, text: value });
  const { rows, selection } = await select(
    "SELECT url, typeof(getvariable('x')) AS t, getvariable('x')::VARCHAR AS v FROM metadata LIMIT 1",
    [`x=${text}`],
  );
  expect(rows[0]?.["t"]).toBe(type);
  expect(selection.variables).toEqual({ x: { type, text: value } });
  if (type !== "DOUBLE") expect(rows[0]?.["v"]).toBe(value);
});

test("the last of equal names wins, and a value shapes the result", async () => {
  const query = "SELECT url FROM metadata WHERE width >= coalesce(getvariable('min_size'), 1000)";
  expect((await select(query)).rows).toHaveLength(10);
  expect((await select(query, ["min_size=10", "MIN_SIZE=1900"])).rows).toHaveLength(1);
});

test("a name that no statement reads is an error with the nearest name and the list", async () => {
  const query =
    "CREATE TEMP MACRO big(x) AS x > coalesce(getvariable('min_size'), 1); SELECT url FROM metadata WHERE big(width) AND height > coalesce(getvariable('min_h'), 1)";
  const thrown: unknown = await select(query, ["min_sise=3"]).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(UsageError);
  expect((thrown as UsageError).message).toContain("min_sise");
  expect((thrown as UsageError).hint).toBe("Did you mean min_size? It reads min_size, min_h.");
  await expect(select("SELECT url FROM metadata -- getvariable('x')", ["x=3"])).rejects.toThrow("reads no such variable");
});

test("an argument that is not name=value is an error", () => {
  expect(() => parseVariables(["min_size"])).toThrow(UsageError);
  expect(() => parseVariables(["=3"])).toThrow(UsageError);
});

test("a variable without a default that is not set gives a notice", async () => {
  const query = "SELECT url FROM metadata WHERE width >= getvariable('w') AND height >= coalesce(getvariable('h'), 1)";
  expect((await select(query)).selection.notices).toEqual([
    expect.stringContaining("the variable w has no default in the query and is not set"),
  ]);
  expect((await select(query, ["w=3"])).selection.notices).toEqual([]);
});

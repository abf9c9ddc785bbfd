// The tokenizer: semicolons and names inside strings and comments do not count.
import { expect, test } from "vitest";
import { splitStatements, tokenize, variablesRead } from "../../src/query/tokens.ts";

test.each([
  "SELECT ';' AS a",
  "SELECT 'it''s ;' AS a",
  "SELECT E'a\\';' AS a",
  'SELECT 1 AS "a;""b;"',
  "SELECT $$ ; $$ AS a",
  "SELECT $tag$ ; $$ ; $tag$ AS a",
  "SELECT 1 /* ; /* ; */ ; */ AS a",
  "SELECT 1 -- ;\n AS a",
  "SELECT 1 AS a_$;",
])("one statement: %s", (sql) => {
  expect(splitStatements(`${sql}\n; ; -- end;\n`)).toHaveLength(1);
});

test("a statement knows where it begins", () => {
  const text = "-- é\nSELECT 1;\n /* x */ SELECT 2 -- y";
  expect(splitStatements(text).map(({ text: part, start }) => [part, text.indexOf(part) === start])).toEqual([
    ["SELECT 1", true],
    ["SELECT 2", true],
  ]);
});

test("variables are found only in code", () => {
  const uses = variablesRead(
    tokenize(
      "SELECT getvariable('a'), coalesce( GETVARIABLE ( 'b' ) , 3), 'getvariable(''c'')', /* getvariable('d') */ getvariable($$e$$), ifnull(getvariable('it''s'), 1)",
    ),
  );
  expect(uses.map(({ name, hasDefault }) => [name, hasDefault])).toEqual([
    ["a", false],
    ["b", true],
    ["e", false],
    ["it's", true],
  ]);
});

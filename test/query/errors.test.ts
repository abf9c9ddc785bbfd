// Query errors show their place: file, line, column, the line and a caret.
import { expect, test } from "vitest";
import { refused } from "../support/query/prepared-query.ts";

/** The character above the caret, in a terminal where each character of the line takes one cell. */
function pointedAt(message: string): string {
  const lines = message.split("\n");
  const caret = lines.findIndex((line) => /^\s*\^$/.test(line));
  return (lines[caret - 1] ?? "").slice(lines[caret]?.indexOf("^"));
}

test("an unknown column shows its line, a caret and the nearest columns", async () => {
  const { message } = await refused("-- a comment\nSELECT *\nFROM metadata\nWHERE height > 3\n  AND widht >= 1024");
  expect(message.split("\n")).toEqual([
    'test.sql:5:7: Referenced column "widht" not found in FROM clause!',
    "  AND widht >= 1024",
    "      ^",
    "nearest columns: width",
  ]);
});

test.each([
  ["SELECT url FROM metadata WHERE widht > 1", "widht"],
  ["SELECT 'é\u{1f600}日本' AS a, widht FROM metadata", "widht"],
  ["SELECT m.widht FROM metadata m", "m.widht"],
  ["/* é */ CREATE TEMP MACRO f(x) AS x + 1;\n-- ü\nSELECT url FROM metadata\n  WHERE f(widht) > 2", "widht"],
])("the nearest columns of %s", async (query, place) => {
  const { message } = await refused(query);
  const [first = ""] = message.split("\n");
  const [, line = "0", column = "0"] = /^test\.sql:(\d+):(\d+): /.exec(first) ?? [];
  const characters = [...(query.split("\n")[Number(line) - 1] ?? "")];
  expect(characters.slice(Number(column) - 1).join("")).toMatch(new RegExp(`^${place}`));
  expect(message).toMatch(/nearest columns: width/);
});

test.each([
  ["SELECT 'é' AS é, widht FROM metadata", "widht FROM metadata"],
  ["SELECT 'éé' AS x FROM FROM metadata", "FROM metadata"],
  ["CREATE TEMP VIEW v AS SELECT 1 AS a;\n\tSELECT url, 'ß' FORM metadata", "metadata"],
  ["SELECT 'é' || lowr(url) AS url FROM metadata", "lowr(url) AS url FROM metadata"],
  ["SELECT url FROM metadata AS é, metadta", "metadta"],
])("the caret of %j is not shifted by the text before it", async (query, place) => {
  expect(pointedAt((await refused(query)).message)).toBe(place);
});

test("a syntax error counts a surrogate pair as one character, and wide characters as two cells", async () => {
  const { message } = await refused("SELECT '\u{1f600}日' AS x FROM FROM metadata");
  expect(message).toContain("test.sql:1:23: ");
  expect(message.split("\n")[2]).toBe(`${" ".repeat(24)}^`);
});

test("an unknown column is answered with the columns of the metadata, without unlikely suggestions", async () => {
  const { hint, message } = await refused("SELECT * FROM metadata WHERE language = 'en'");
  expect(hint).toBe(
    "The view metadata has the columns url, caption, width, height, punsafe, pwatermark, similarity, aesthetic, hash, TEXT.",
  );
  expect(message).not.toContain("nearest");
  expect((await refused("SELECT * FROM safety")).message).not.toContain("Did you mean");
});

test.each([
  ['SELECT url FROM metadata WHERE caption = "en"', "'en'"],
  ["SELECT url FROM metadata WHERE caption IN ('de', \"it's\")", "'it''s'"],
  ['CREATE TEMP VIEW v AS SELECT url, "x" AS caption FROM metadata; FROM v', "'x'"],
  ['SELECT url FROM metadata WHERE caption LIKE "%cat%"', "'%cat%'"],
  ['SELECT url FROM metadata WHERE lower("Cat") = caption', "'Cat'"],
])("text in double quotes gets the hint to use single quotes: %s", async (query, text) => {
  expect((await refused(query)).hint).toMatch(new RegExp(`^Text goes in single quotes: ${text}\\. The view metadata has`));
});

test("a misspelt name without quotes does not get the hint about text", async () => {
  expect((await refused("SELECT url FROM metadata WHERE widht > 3")).hint).toMatch(/^The view metadata has the columns/);
});

test("an error in a definition has its own place", async () => {
  const { message } = await refused("CREATE TEMP TABLE t AS\n  SELECT *, hight FROM metadata;\nFROM t");
  expect(message).toContain("test.sql:2:13: ");
  expect(message).toContain("nearest columns: height");
});

test("an error inside a view that the query defined is found by its name", async () => {
  const { message } = await refused("CREATE TEMP MACRO f() AS TABLE SELECT nosuch FROM metadata;\nSELECT * FROM f()");
  expect(message).toMatch(/^test\.sql:1:39: /);
});

test("an unterminated string, an empty WHERE and a missing table are explained", async () => {
  expect((await refused("SELECT url FROM metadata WHERE caption = 'x")).message).toContain("test.sql:1:42: unterminated quoted string");
  expect((await refused("SELECT url FROM metadata WHERE")).message).toContain("syntax error at end of input");
  const table = await refused("SELECT url FROM meta_data");
  expect(table.message).toContain("test.sql:1:17");
  expect(table.hint).toContain("--table name=glob");
});

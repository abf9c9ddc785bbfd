// Errors about a line of csv or jsonl, as DuckDB gives them and as users read them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFiles } from "../../../src/metadata/read-files.ts";
import { textFileError } from "../../../src/metadata/text/errors.ts";
import type { ColumnType } from "../../../src/sql/database.ts";
import { SqlError } from "../../../src/sql/errors.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

/** More rows than DuckDB looks at before it decides on columns and types. */
const ROWS = 25_000;

/** Reads a file with one bad line far down, and gives its error. */
async function complaint(
  name: string,
  header: string,
  row: (number: number) => string,
  bad: string | Buffer,
  columns?: readonly ColumnType[],
) {
  return withFolder(async (folder) => {
    const path = join(folder, name);
    const rows = Array.from({ length: ROWS }, (_, number) => `${row(number)}\n`).join("");
    await writeFile(path, Buffer.concat([Buffer.from(header + rows), Buffer.from(bad), Buffer.from(`\n${rows}`)]));
    const database = await openTestDatabase();
    const reading = { unionByName: true, folderKeys: [], ...(columns ? { columns } : {}) };
    const thrown = await database.rows(`SELECT count(COLUMNS(*)) FROM ${readFiles([path], reading)}`).then(
      () => undefined,
      (error: unknown) => error,
    );
    database.close();
    if (!(thrown instanceof SqlError)) throw new Error("DuckDB reads this file");
    const error = textFileError(path, thrown.message, thrown);
    return { message: error?.message.replace(path, name), hint: error?.hint };
  });
}

const csvRow = (number: number) => `http://a.test/${number},${number}`;
const JSON_COLUMNS = [
  { name: "url", type: "VARCHAR" },
  { name: "n", type: "BIGINT" },
];
const jsonRow = (number: number) => `{"url":"http://a.test/","n":${number}}`;

it.each<[string, string | Buffer, RegExp, RegExp]>([
  ["not UTF-8", Buffer.from("http://a.test/caf\xe9,1", "latin1"), /not utf-8 encoded/, /iconv/],
  ["one field too many", "http://a.test/,1,2", /^list\.csv:25002: Expected Number of Columns: 2 Found: 3$/, /Fix or remove/],
  ["a word among numbers", "http://a.test/,n/a", /^list\.csv:25002: Error when converting column "n".*"n\/a"/, /parquet/],
])("a bad line of csv is named with its mistake: %s", async (_name, bad, says, hint) => {
  const { message, hint: given } = await complaint("list.csv", "url,n\n", csvRow, bad);
  expect(message).toMatch(says);
  expect(message).toMatch(/^list\.csv:25002: [^\n]+$/);
  expect(given).toMatch(hint);
});

it.each<[string, string, RegExp, RegExp]>([
  ["a word among numbers", '{"url":"http://a.test/","n":"n/a"}', /^list\.jsonl, near line 25001: .*"n\/a"/, /parquet/],
  ["an object that is not closed", '{"url":"http://a.test/"', /^list\.jsonl, near line 2500\d: unexpected/, /Fix or remove/],
])("a bad line of jsonl is named with its mistake: %s", async (_name, bad, says, hint) => {
  const { message, hint: given } = await complaint("list.jsonl", "", jsonRow, bad, JSON_COLUMNS);
  expect(message).toMatch(says);
  expect(given).toMatch(hint);
});

it("an error that is not about a line of text is left to others", () => {
  expect(textFileError("a.parquet", "No magic bytes found at end of file 'a.parquet'", undefined)).toBeUndefined();
});

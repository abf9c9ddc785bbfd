// Errors for queries that are missing, wrong or not allowed.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { expectRefusal, makeFolder } from "../support/cli/refusals.ts";
import { writeParquet } from "../support/parquet.ts";

let folder: { path: string; remove: () => Promise<void> };
let output: string;

beforeAll(async () => {
  folder = await makeFolder();
  output = join(folder.path, "out");
  await writeParquet(
    join(folder.path, "meta.parquet"),
    `SELECT 'http://127.0.0.1:9/' || i AS "URL", 'caption ' || i AS "TEXT", i::INTEGER AS "WIDTH", i::INTEGER AS "HEIGHT" FROM range(20) r(i)`,
  );
  await writeFile(join(folder.path, "broken.sql"), "-- a comment\nSELECT *\nFROM metadata\nWHERE width > AND height > 3\n");
});

afterAll(() => folder.remove());

const refuse = async (query: string, code: number, ...says: (string | RegExp)[]): Promise<void> => {
  await expectRefusal([query, "--metadata", "meta.parquet", "--output", output], { code, says, output }, { cwd: folder.path });
};

describe("a query that does not exist", () => {
  it("is named if it is a file", () => refuse("queries/mine.sql", 2, "error: the query file queries/mine.sql does not exist", "hint: "));
  it("is answered with the nearest shipped query", () =>
    refuse("high-resolutoin", 2, "no query or verb is called high-resolutoin", "Did you mean the query high-resolution?"));
  it("is answered with the nearest verb", () => refuse("downlod", 2, "Did you mean the verb download?"));
});

describe("surplus words", () => {
  const place = (words: readonly string[], ...says: (string | RegExp)[]) => expectRefusal(words, { code: 2, says });
  it("are answered with the nearest verb if the first is nearly one", () => place(["statsu", "out"], "Did you mean the verb status?"));
  it("are answered with a hint about quotes if they may be SQL", () =>
    place(
      ["filter", "SELECT", "*", "FROM", "metadata"],
      "too many arguments",
      "hint: Put SQL, and every other argument with spaces, in quotes.",
    ));
  it("taken by an option of several values are answered with a hint about order", () =>
    place(
      ["filter", "--metadata", "meta.parquet", "FROM metadata"],
      "missing required argument 'query'",
      /hint: Put it before .*--metadata/,
    ));
});

describe("a wrong query", () => {
  it("ends the program's own process with its exit code", async () => {
    const args = ["SELECT caption FROM metadata", "--metadata", "meta.parquet", "--output", output];
    await expectRefusal(args, { code: 3, says: ["the query returns no column url"], output }, { cwd: folder.path });
  });
  it("that does not parse is shown with file, line, column, the line and a caret", () =>
    refuse("broken.sql", 3, /broken\.sql:4:15: .*syntax error.*\nWHERE width > AND height > 3\n {14}\^\n/i));
  it("that reads a missing column gets the nearest ones", () =>
    refuse("SELECT * FROM metadata WHERE widht > 3", 3, 'query:1:30: Referenced column "widht"', "nearest columns: width", "hint: "));
  it("that returns no url is refused", () =>
    refuse("SELECT caption FROM metadata", 3, "the query returns no column url; it returns caption", "Add url to the SELECT"));
  it("that reads a list, as in the JSON of COCO and RedCaps, is told how to make rows of it", () =>
    refuse(
      "SELECT 1 AS info, [{'image_id': 1, 'coco_url': url}] AS images FROM metadata",
      3,
      "SELECT unnest(images, recursive := true) FROM",
    ));
  it("whose url is bytes is told how bytes become text", () =>
    refuse("SELECT caption::BLOB AS url FROM metadata", 3, "the column url is BLOB, not text", "SELECT * REPLACE (decode(url) AS url)"));
  it("with two SELECT statements is refused", () =>
    refuse(
      "SELECT 1; SELECT * FROM metadata",
      3,
      "query:1:1: the query has two SELECT statements",
      "Only the last statement may be a SELECT",
    ));
  it("that keeps no row is refused", () => refuse("SELECT * FROM metadata WHERE width > 99", 3, "keeps none of 20 rows", "Loosen"));
  it("of which --sample keeps no row is refused with --sample named", () =>
    expectRefusal(
      ["SELECT * FROM metadata", "--metadata", "meta.parquet", "--sample", "1e-9", "--output", output],
      { code: 3, says: ["the query and --sample 1e-9 keep none of 20 rows", "take a larger share"], output },
      { cwd: folder.path },
    ));
  it("whose cast fails while it runs is refused", () =>
    refuse("SELECT * FROM metadata WHERE width > 'abc'", 3, "Could not convert string 'abc' to INT32", "try_cast"));
});

describe("a query that writes", () => {
  it.each([
    ["COPY metadata TO 'x.csv'", "a query cannot write files"],
    ["INSERT INTO t VALUES (1); SELECT * FROM metadata", "a query cannot change tables"],
    ["ATTACH 'x.db'; SELECT * FROM metadata", "a query cannot open other databases"],
    ["SET threads = 1; SELECT * FROM metadata", "a query cannot change settings"],
  ])("is refused: %s", (query, words) => refuse(query, 3, "query:1:1: ", words, "hint: A query is one SELECT"));
});

describe("a query that reads elsewhere", () => {
  it.each([
    ["SELECT * FROM read_csv('/etc/passwd')", "/etc/passwd"],
    ["SELECT content AS url FROM read_text('/etc/passwd')", "/etc/passwd"],
    ["SELECT file AS url FROM glob('/etc/*')", "/etc/"],
    ["SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')", "http://127.0.0.1:9/x.parquet"],
    ["SELECT * FROM 'https://example.com/x.parquet'", "https://example.com/x.parquet"],
  ])("is refused: %s", (query, place) => refuse(query, 3, `Cannot access file "${place}`, "nothing else on disk or network"));
});

// The function is_blocked, compared with the option --block-list on the same lists and URLs.

import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTarget } from "../../src/fetch/guard/target-url.ts";
import { compileBlockLists, inspectBlockLists, loadBlockList } from "../../src/fetch/rights/block-list.ts";
import { readEntries, urlEntry } from "../../src/fetch/rights/block-list-lines.ts";
import { blockListStatements, createBlockList } from "../../src/functions/block-list.ts";
import { createFunctions } from "../../src/functions/create-functions.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

/** The answers of --block-list and is_blocked for each URL, with these lines on the list. */
async function answers(lines: string, urls: readonly (string | null)[]): Promise<{ option: boolean[]; sql: boolean[] }> {
  return await withFolder(async (folder) => {
    const path = join(folder, "list.txt");
    await writeFile(path, lines);
    const facts = await inspectBlockLists([path]);
    await compileBlockLists([path], facts, join(folder, "compiled"));
    const list = await loadBlockList(join(folder, "compiled"), facts.digest);
    const option = urls.map((url) => {
      const target = parseTarget(url, { allowPrivateNetwork: true });
      return target instanceof URL && list?.ofUrl(target) !== undefined;
    });
    const database = await openTestDatabase();
    try {
      await createFunctions(database);
      const entries = async function* () {
        for await (const { text } of readEntries(path, createHash("sha256"))) yield text;
      };
      await createBlockList(database, entries(), urlEntry);
      const rows = await database.rows(
        `SELECT is_blocked(url) AS b FROM (SELECT unnest($urls::JSON::VARCHAR[]) AS url, generate_subscripts($urls::JSON::VARCHAR[], 1) AS place) ORDER BY place`,
        { urls: JSON.stringify(urls) },
      );
      return { option, sql: rows.map(({ b }) => b as boolean) };
    } finally {
      database.close();
    }
  });
}

const LIST = `\ufeff# a comment\r
Bad.Test\r
\r
  *.wild.test
.dot.test
end.test.
Bücher.example
93.184.215.14
[2606:4700::1111]
deep.host.example.org
a.b.c.d.e.f.g.h.many.test
http://x.test/a,"b.jpg?q='1'
https://x.test:80/port-of-another-scheme
http://x.test:80/port
http://x.test/fragment#top
HTTPS://X.Test/Case
http://x.test/a b.jpg
http://x.test/ü.jpg
http://x.test/dots/../dots.jpg
http://x.test
http://x.test:8080/8080
d41d8cd98f00b204e9800998ecf8427e
last.test`;

const BLOCKED = [
  "http://bad.test/1",
  "HTTP://BAD.test/1",
  "https://a.b.BAD.test:80/2",
  "http://bad.test./",
  "http://user@bad.test/",
  "  http://bad.test/ ",
  "http:\\\\bad.test\\x",
  "http://bad.test",
  "http://bad.test?x",
  "http://wild.test/",
  "http://a.wild.test/",
  "http://dot.test/",
  "http://a.dot.test/",
  "http://end.test/",
  "http://bücher.example/",
  "http://xn--bcher-kva.example/",
  "http://BÜCHER.example/",
  "http://ｂad.test/",
  "http://1572394766/",
  "http://0x5db8d70e/",
  "http://[2606:4700:0::1111]/",
  "http://deep.host.example.org/",
  "http://1.2.3.4.5.6.7.8.9.deep.host.example.org/",
  "http://z.a.b.c.d.e.f.g.h.many.test/",
  `http://x.test/a,"b.jpg?q='1'`,
  "http://x.test/a,%22b.jpg?q=%271%27",
  "http://x.test/port",
  "https://x.test/port",
  "https://x.test:443/port",
  "https://x.test:80/port-of-another-scheme",
  "http://x.test/fragment",
  "https://x.test/fragment#elsewhere",
  "http://x.test/Case",
  "https://x.test/a%20b.jpg",
  "http://x.test/a b.jpg",
  "http://x.test/%C3%BC.jpg",
  "http://x.test/dots.jpg",
  "http://x.test/y/../dots.jpg",
  "http://x.test/y/%2E%2e/dots.jpg",
  "http://x.test/",
  "http://x.test/?",
  "http://x.test/#a",
  "https://x.test:8080/8080",
  "http://last.test/",
];

const FREE = [
  "http://notbad.test/",
  "http://bad.test.example/",
  "http://test/",
  "http://host.example.org/",
  "http://x.test/other",
  "http://x.test/case",
  "http://x.test/port-of-another-scheme",
  "http://x.test:8081/8080",
  "http://b.c.d.e.f.g.h.many.test/",
  "http://93.184.215.15/",
  "http://free.test/http://bad.test/",
  "http://free.test/?u=bad.test",
  "http://free.test/#bad.test",
  "http://bad.test@free.test/",
  "ftp://bad.test/",
  "bad.test",
  "http://",
  "",
  null,
  "no url",
];

/** URLs that are refused for another reason, so that the list does not matter. */
const WITH_LOGIN = /^http:\/\/\w+@/;

describe("is_blocked", () => {
  test.each([
    ["what the list has", BLOCKED.filter((url) => !WITH_LOGIN.test(url)), true],
    ["what it has not", FREE, false],
  ])("and the option agree on %s", async (_, urls, expected) => {
    const { option, sql } = await answers(LIST, urls);
    for (const [index, url] of urls.entries()) expect([url, option[index], sql[index]]).toEqual([url, expected, expected]);
  });

  test("and the option agree on any URL", async () => {
    const part = fc.constantFrom(
      "a",
      "B",
      "é",
      "%41",
      "%2e",
      "%2E",
      ".",
      "..",
      " ",
      "'",
      '"',
      "|",
      "^",
      "`",
      "{",
      "\\",
      "~",
      "*",
      "ß",
      "_",
      "-",
      "0x7",
      "255",
    );
    const label = fc.constantFrom("a", "B", "é", "x_y", "xn--bcher-kva", "1", "0x7", "-", "*", "ｆ", "test");
    const host = fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join(".")),
      fc.constantFrom("1.2.3.4", "16909060", "0x1020304", "[::1]", "[::ffff:1.2.3.4]"),
    );
    const url = fc
      .tuple(
        fc.constantFrom("http://", "https://", "HTTP://", "http:\\\\", "http:/"),
        host,
        fc.constantFrom("", "", "", ":80", ":443", ":8080", ":", "."),
        fc.array(part, { maxLength: 4 }).map((parts) => parts.map((text) => `/${text}`).join("")),
        fc.constantFrom("", "", "?", "?a=b", "?a=é'", "?../.", "#f", "?#"),
      )
      .map((parts) => parts.join(""));
    const cases = fc.sample(url, { seed: 15, numRuns: 3000 });
    // Every third URL is on the list itself, and some others by their host.
    const lines = cases.filter((_, index) => index % 3 === 0).filter((line) => /^https?:\/\//i.test(line) && urlEntry(line) !== null);
    const { option, sql } = await answers(`${lines.join("\n")}\nb.test\n1.2.3.4\n*.é.test`, cases);
    expect(cases.filter((_, index) => option[index] !== sql[index])).toEqual([]);
    expect(option.filter(Boolean).length).toBeGreaterThan(500);
    expect(option.filter((is) => !is).length).toBeGreaterThan(500);
  });

  test("also looks for a digest, whatever its case", async () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      try {
        await createFunctions(database);
        const path = join(folder, "list.txt");
        await writeFile(path, "D41D8CD98F00B204E9800998ECF8427E\n");
        const entries = async function* () {
          for await (const { text } of readEntries(path, createHash("sha256"))) yield text;
        };
        await createBlockList(database, entries(), urlEntry);
        const digests = ["d41d8cd98f00b204e9800998ecf8427e", "D41D8CD98F00B204E9800998ECF8427E", "00"];
        const sql = digests.map((digest) => `is_blocked('http://good.test/', '${digest}')`);
        const [row] = await database.rows(`SELECT [${sql.join(", ")}] AS found`);
        expect(row?.["found"]).toEqual([true, true, false]);
      } finally {
        database.close();
      }
    }));

  test("also agrees in a DuckDB shell, except for URLs that its SQL cannot normalise", async () =>
    withFolder(async (folder) => {
      const path = join(folder, "list.txt");
      await writeFile(path, LIST);
      const database = await openTestDatabase();
      try {
        await createFunctions(database);
        await database.run(blockListStatements(path).join(";\n"));
        const blocked = async (urls: readonly (string | null)[]) => {
          const rows = await database.rows("SELECT url FROM (SELECT unnest($urls::JSON::VARCHAR[]) AS url) WHERE is_blocked(url)", {
            urls: JSON.stringify(urls),
          });
          return rows.map(({ url }) => url);
        };
        expect(await blocked(FREE)).toEqual([]);
        const found = new Set(await blocked(BLOCKED));
        expect(BLOCKED.filter((url) => !found.has(url))).toEqual([
          "http://xn--bcher-kva.example/",
          "http://ｂad.test/",
          "http://1572394766/",
          "http://0x5db8d70e/",
          "http://[2606:4700:0::1111]/",
          "http://z.a.b.c.d.e.f.g.h.many.test/",
          "http://x.test/a,%22b.jpg?q=%271%27",
          "https://x.test/a%20b.jpg",
          "http://x.test/%C3%BC.jpg",
          "http://x.test/dots.jpg",
          "http://x.test/y/../dots.jpg",
          "http://x.test/y/%2E%2e/dots.jpg",
        ]);
      } finally {
        database.close();
      }
    }));
});

// Which queries are allowed, and the selection that they become.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { QueryError } from "../../src/core/errors.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { prepare, refused, select, withMetadata } from "../support/query/prepared-query.ts";

const ALL = ["url", "caption", "width", "height", "punsafe", "pwatermark", "similarity", "aesthetic", "hash"];

describe("a column that is another name of a canonical one", () => {
  test.each([
    "SELECT * FROM metadata",
    "FROM metadata",
    "SELECT * FROM metadata WHERE TEXT LIKE '%1%' -- a comment",
    "WITH big AS (SELECT * FROM metadata WHERE width > 100) SELECT * FROM big",
    "SELECT * FROM metadata UNION ALL BY NAME SELECT * FROM metadata",
    "CREATE TEMP VIEW big AS SELECT * FROM metadata WHERE TEXT <> ''; FROM big",
    "CREATE TEMP MACRO long(text) AS length(text) > 3; SELECT * FROM metadata WHERE long(caption)",
    "SELECT m.* FROM metadata m",
  ])("is dropped from %s", async (query) => {
    const { names, selection } = await select(query);
    expect(names).toEqual(ALL);
    expect(selection.dropped).toEqual([{ name: "TEXT", canonical: "caption" }]);
    expect(selection.captionColumn).toBe("caption");
  });

  test.each([
    ["SELECT *, TEXT FROM metadata", [...ALL, "TEXT"]],
    ["SELECT TEXT, * FROM metadata", ["TEXT", ...ALL]],
    ["SELECT *, upper(TEXT) AS text FROM metadata", [...ALL, "text"]],
    ["SELECT url, caption, TEXT FROM metadata", ["url", "caption", "TEXT"]],
    ["SELECT * EXCLUDE (caption) FROM metadata", [...ALL.filter((name) => name !== "caption"), "TEXT"]],
    ["SELECT * REPLACE (upper(TEXT) AS TEXT) FROM metadata", [...ALL, "TEXT"]],
    ["SELECT * REPLACE (upper(caption) AS caption) FROM metadata", [...ALL, "TEXT"]],
    ["SELECT * FROM (SELECT url, caption, upper(caption) AS TEXT FROM metadata)", ["url", "caption", "TEXT"]],
    ["CREATE TEMP TABLE t AS SELECT url, caption, 'x' AS TEXT FROM metadata; FROM t", ["url", "caption", "TEXT"]],
  ])("stays if the user named it or if it has other values: %s", async (query, expected) => {
    const { names, rows } = await select(query);
    expect(names).toEqual(expected);
    expect(Object.keys(rows[0] ?? {})).toEqual(expected);
  });

  test("is the caption although it is not text, with a notice, if no other column has captions", async () => {
    const { selection } = await select("SELECT url, [caption, 'b'] AS caption FROM metadata");
    expect(selection.captionColumn).toBe("caption");
    expect(selection.notices).toEqual([
      expect.stringMatching(/^the captions \(caption\) are VARCHAR\[\] and .*CAST\(caption AS VARCHAR\)/),
    ]);
    const both = await select("SELECT url, 7 AS caption, 'x' AS alt FROM metadata");
    expect([both.selection.captionColumn, both.selection.notices]).toEqual(["alt", []]);
  });

  test("is the caption if the canonical one is not selected", async () => {
    expect((await select("SELECT url, TEXT FROM metadata")).selection.captionColumn).toBe("TEXT");
    expect((await select("SELECT url, caption AS alt FROM metadata")).selection.captionColumn).toBe("alt");
    expect((await select("SELECT url, width FROM metadata")).selection.captionColumn).toBeUndefined();
  });

  test("after a star keeps the value that the user computed", async () => {
    const { rows } = await select("SELECT *, upper(TEXT) AS text FROM metadata WHERE hash = 3");
    expect(rows[0]).toMatchObject({ caption: "caption 3", text: "CAPTION 3" });
  });
});

describe("the last statement", () => {
  test("must return url, in any case, as text", async () => {
    expect((await select("SELECT URL AS Url FROM metadata")).selection.urlColumn).toBe("Url");
    const missing = await refused("SELECT caption, url AS urls FROM metadata");
    expect(missing.message).toContain("returns no column url; it returns caption, urls");
    expect(missing.hint).toContain("urls AS url");
    const columns = ["u8", "alt", "url_link", "hurl"].map((name) => `url AS ${name}`).join(", ");
    expect((await refused(`SELECT 1::UTINYINT AS url_id, ${columns} FROM metadata`)).hint).toContain("url_link AS url");
    expect((await refused('SELECT url AS u8, url AS "imageUrl" FROM metadata')).hint).toContain("imageUrl AS url");
    expect((await refused("SELECT [url] AS url FROM metadata")).message).toContain("is VARCHAR[], not text");
  });

  test("must not return two columns of one name", async () => {
    expect((await refused("SELECT *, upper(caption) AS Caption FROM metadata")).message).toContain("two columns called Caption");
    expect((await refused("SELECT a.*, b.* FROM metadata a JOIN metadata b USING (hash)")).message).toContain("two columns called");
  });

  test.each(["VALUES ('http://a.test/')", "(SELECT url FROM metadata)", "SELECT url FROM metadata ORDER BY url LIMIT 3;;"])(
    "may have any form that selects: %s",
    async (query) => {
      const text = query.startsWith("VALUES") ? `SELECT col0 AS url FROM (${query})` : query;
      expect((await select(text)).names).toEqual(["url"]);
    },
  );

  test.each([
    ["SELECT url FROM metadata; SELECT url FROM metadata", "test.sql:1:1: the query has two SELECT statements"],
    ["-- nothing\n", "the query has no statement"],
    ["CREATE TEMP TABLE t AS FROM metadata", "but this is a definition"],
    ["PIVOT metadata ON url USING count(*)", "test.sql:1:1: this PIVOT finds its columns in the data"],
    ["CREATE TEMP TABLE t AS\n  PIVOT metadata ON url USING count(*);\nFROM t", "test.sql:2:3: this PIVOT finds its columns in the data"],
    ["SELECT url FROM metadata\0", "test.sql:1:25: a NUL character"],
    ["DESCRIBE metadata", "DESCRIBE is not allowed"],
    ["SHOW TABLES", "SHOW is not allowed"],
    ["PRAGMA version", "cannot change or read settings"],
    ["CALL pragma_version()", "cannot call procedures"],
    ["SET threads = 1; FROM metadata", "cannot change settings"],
    ["SET VARIABLE x = 1; FROM metadata", "cannot change settings"],
    ["FROM metadata;\nCOPY (SELECT 1) TO '/tmp/x.csv'", "the query has two SELECT statements"],
    ["COPY (SELECT 1) TO '/tmp/x.csv'", "cannot write files"],
    ["INSTALL httpfs; FROM metadata", "cannot use extensions"],
    ["ATTACH '/tmp/x.db'; FROM metadata", "cannot open other databases"],
    ["DROP VIEW metadata; FROM metadata", "cannot drop"],
    ["CREATE SECRET s (TYPE s3); FROM metadata", "CREATE is not allowed"],
    ["CREATE OR REPLACE VIEW metadata AS SELECT 1; FROM metadata", "metadata is a name of prep's own"],
    ['CREATE TEMP TABLE IF NOT EXISTS "Selection" AS SELECT 1; FROM metadata', "Selection is a name of prep's own"],
    ["WITH x AS (SELECT 1) INSERT INTO t FROM x", "test.sql:1"],
    ["SELECT url FROM metadata WHERE width > $min_size", "$min_size is a parameter"],
    ["SELECT url FROM metadata WHERE caption = '?' AND width > ?", "test.sql:1:58: ? is a parameter"],
  ])("and those before it are refused if they do more: %s", async (query, message) => {
    expect((await refused(query)).message).toContain(message);
  });
});

test("the canonical text keeps constants apart that are equal as doubles", async () => {
  const texts = ["9007199254740992", "9007199254740993", "0.12345678901234567", "0.12345678901234568"].map(
    async (value) => (await select(`SELECT url FROM metadata WHERE hash < ${value}`)).selection.canonicalText,
  );
  expect(new Set(await Promise.all(texts)).size).toBe(4);
});

test("definitions before the last statement run in order, and their comments do not matter", async () => {
  const query = `-- one; two\nCREATE OR REPLACE TEMP MACRO twice(x) AS x * 2; /* ; /* ; */ */
    CREATE TEMP TABLE few AS SELECT * FROM metadata WHERE twice(width) < 600;
    SELECT url, ';--' AS odd FROM few -- the end`;
  const { rows, selection } = await select(query);
  expect(rows).toHaveLength(3);
  expect(selection.canonicalText).toBe(
    "CREATE OR REPLACE TEMP MACRO twice(x) AS x * 2;\nCREATE TEMP TABLE few AS SELECT * FROM metadata WHERE twice(width) < 600;\nSELECT url, ';--' AS odd FROM few",
  );
});

test("the canonical text does not depend on comments, case of keywords or line breaks", async () => {
  const one = (await select("select url from metadata where width>100")).selection.canonicalText;
  const two = (await select("SELECT url -- the only one\nFROM metadata\nWHERE width > 100;")).selection.canonicalText;
  expect(one).toBe(two);
});

test("behind the fence a query reads only the inputs and writes nothing", () =>
  withFolder(async (folder) => {
    const input = await writeParquet(join(folder, "in", "a.parquet"), "SELECT 'http://a.test/' AS url");
    const open = join(folder, "out");
    await writeFile(join(folder, "secret.csv"), "url\nx\n");
    await withMetadata(async (database) => {
      await database.run(`CREATE OR REPLACE VIEW metadata AS FROM read_parquet(['${input}'])`);
      await database.fence([input], [open]);
      expect((await prepare(database, "FROM metadata")).columns).toHaveLength(1);
      expect(await database.rows("FROM selection")).toEqual([{ url: "http://a.test/" }]);
      for (const query of [
        "SELECT * FROM read_csv('/etc/passwd')",
        `SELECT * FROM read_csv('${folder}/secret.csv')`,
        `SELECT * FROM '${folder}/secret.csv'`,
        "SELECT content AS url FROM read_text('/etc/passwd')",
        "SELECT content::VARCHAR AS url FROM read_blob('/etc/passwd')",
        "SELECT file AS url FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.test/a.parquet')",
        "CREATE TEMP TABLE t AS FROM read_csv('/etc/passwd'); SELECT 'x' AS url",
        "SELECT url FROM metadata WHERE url IN (SELECT content FROM read_text('/etc/passwd'))",
        `COPY (SELECT 1) TO '${open}/x.csv'`,
        `COPY (SELECT 1) TO '${open}/x.csv'; FROM metadata`,
        `ATTACH '${open}/x.db'; FROM metadata`,
        "INSTALL httpfs; FROM metadata",
        "LOAD httpfs; FROM metadata",
        "SET enable_external_access = true; FROM metadata",
        "PRAGMA enable_profiling; FROM metadata",
        "CALL pragma_version(); FROM metadata",
        `SELECT * FROM query('COPY (SELECT 1) TO ''${open}/x.csv''')`,
      ]) {
        const thrown: unknown = await prepare(database, query).catch((error: unknown) => error);
        expect(thrown, query).toBeInstanceOf(QueryError);
        expect((thrown as QueryError).message, query).toMatch(/^test\.sql:/);
      }
    });
    expect(await readdir(folder)).toEqual(["in", "secret.csv"]);
  }));

test("dedup-url keeps the best row of each URL, always the same one", () =>
  withMetadata(async (database) => {
    await database.run(`CREATE OR REPLACE VIEW metadata AS SELECT * FROM (VALUES ('u', 'worse', 0.1), ('u', 'best', 0.4), ('u', 'none', NULL), ('v', 'b', 0.2), ('v', 'a', 0.2), (NULL, 'x', 1))
      AS t(url, caption, similarity)`);
    const text = await readFile("queries/dedup-url.sql", "utf8");
    await prepare(database, text);
    const rows = await database.rows("SELECT url, caption FROM selection ORDER BY url");
    expect(rows[0]).toEqual({ url: "u", caption: "best" });
    expect(rows).toHaveLength(2);
    for (let round = 0; round < 5; round++) expect(await database.rows("SELECT url, caption FROM selection ORDER BY url")).toEqual(rows);
  }));

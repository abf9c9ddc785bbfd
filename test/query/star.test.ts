// Columns that a star leaves out: no value of the user's SELECT is lost.
import { describe, expect, test } from "vitest";
import type { Database, JsonRow } from "../../src/sql/database.ts";
import { openTestDatabase } from "../support/parquet.ts";
import { prepare } from "../support/query/prepared-query.ts";

const TABLES = `
  CREATE VIEW metadata AS SELECT 'http://a.test/' || i AS url, 'caption ' || i AS caption, i * 100 AS width, i AS hash,
    'caption ' || i AS "TEXT", i * 100 AS original_width, {'TEXT': 'inner ' || i, 'n': i} AS s FROM range(4) r(i);
  CREATE TABLE other AS SELECT 'http://a.test/' || i AS url, 'other ' || i AS "TEXT", 7000 + i AS original_width, i AS score FROM range(2, 6) r(i)`;

const ALIASES = [
  { name: "TEXT", canonical: "caption" },
  { name: "original_width", canonical: "width" },
];

async function withTables<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openTestDatabase();
  try {
    await database.run(TABLES);
    return await work(database);
  } finally {
    database.close();
  }
}

/** The names of kept columns, and the rows that the user's own SELECT gives. */
async function selected(text: string) {
  return await withTables(async (database) => {
    const metadata = ALIASES.map(({ name, canonical }) => ({ name, canonical }));
    const selection = await prepare(database, text, [], metadata);
    const select = text.split(";").at(-1) ?? "";
    const whole = await database.rows(`SELECT * FROM (${select}) ORDER BY ALL`);
    return { selection, names: selection.columns.map(({ name }) => name), kept: await database.rows("FROM selection ORDER BY ALL"), whole };
  });
}

/** All values of a row except numbers, each once. */
const values = (rows: readonly JsonRow[]) =>
  new Set(
    rows.flatMap((row) =>
      Object.values(row).map((value) => JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner))),
    ),
  );

const OWN = ["url", "caption", "width", "hash", "s"];
const SCORED = [...OWN, "TEXT", "original_width", "score"];

describe("a star", () => {
  test.each([
    ["SELECT * FROM metadata", OWN],
    ["SELECT m.* FROM metadata m", OWN],
    ["SELECT metadata.* FROM metadata", OWN],
    ["SELECT DISTINCT * FROM metadata WHERE TEXT <> '' AND original_width >= 0 ORDER BY TEXT, original_width", OWN],
    ["SELECT * EXCLUDE (s) FROM metadata", OWN.slice(0, -1)],
    ["SELECT * EXCLUDE (TEXT) FROM metadata", OWN],
    ["SELECT * REPLACE (hash + 1 AS hash) FROM metadata", OWN],
    ["SELECT * RENAME (hash AS number) FROM metadata", OWN.map((name) => (name === "hash" ? "number" : name))],
    ["SELECT * FROM metadata JOIN (SELECT url, score FROM other) USING (url)", [...OWN, "score"]],
    ["FROM metadata SEMI JOIN other USING (url)", OWN],
    ["SELECT m.* FROM metadata m JOIN other o USING (url)", OWN],
    ["SELECT m.*, o.score FROM metadata m JOIN other o ON m.url = o.url", [...OWN, "score"]],
    ["WITH a AS (SELECT * FROM metadata), b AS (FROM a WHERE hash > 1) SELECT * FROM b", OWN],
    ["SELECT * FROM (SELECT * FROM (SELECT * FROM metadata))", OWN],
    ["SELECT * FROM metadata WHERE hash < 2 UNION ALL SELECT * FROM metadata WHERE hash >= 2", OWN],
    ["SELECT * FROM metadata UNION ALL BY NAME SELECT * FROM metadata", OWN],
    ["CREATE TEMP VIEW v AS SELECT * FROM metadata; SELECT * FROM v", OWN],
    ["CREATE TEMP TABLE t AS SELECT * FROM metadata; CREATE VIEW v AS FROM t; SELECT * FROM v WHERE hash > 0", OWN],
  ])("over metadata leaves out columns that repeat another one, with a notice: %s", async (text, expected) => {
    const { selection, names, kept, whole } = await selected(text);
    expect(names).toEqual(expected);
    expect(values(kept)).toEqual(values(whole));
    const copies = selection.dropped.map(({ name, canonical }) => `${name} (the values of ${canonical})`);
    expect(copies.length).toBeGreaterThan(0);
    expect(selection.notices).toEqual([`left out of *: ${copies.join(", ")}; to keep a column, name it after the star`]);
  });

  test.each([
    ["SELECT * FROM metadata UNION ALL BY NAME SELECT * FROM other", undefined],
    ["SELECT * FROM other UNION ALL BY NAME SELECT * FROM metadata", undefined],
    ["SELECT * EXCLUDE (s) FROM metadata UNION ALL SELECT url, TEXT, score, score, TEXT, original_width FROM other", undefined],
    ["SELECT url, TEXT, original_width FROM metadata UNION ALL SELECT * EXCLUDE (score) FROM other", undefined],
    ["SELECT * EXCLUDE (TEXT, original_width) FROM metadata JOIN other USING (url)", undefined],
    ["SELECT m.* EXCLUDE (TEXT, original_width), o.* EXCLUDE (url) FROM metadata m JOIN other o USING (url)", SCORED],
    [
      "SELECT url, caption, width, o.* EXCLUDE (url) FROM metadata JOIN other o USING (url)",
      ["url", "caption", "width", "TEXT", "original_width", "score"],
    ],
    ["SELECT m.* EXCLUDE (caption, width), o.score FROM metadata m JOIN other o USING (url)", undefined],
    ["SELECT a.* EXCLUDE (TEXT, original_width), b.* EXCLUDE (url, caption, width, hash, s) FROM metadata a, metadata b", undefined],
    ["SELECT url, caption, width, unnest(s) FROM metadata", ["url", "caption", "width", "TEXT", "n"]],
    ["SELECT * EXCLUDE (TEXT, original_width, s), unnest(s) FROM metadata", undefined],
    ["SELECT url, caption, s.* FROM metadata", ["url", "caption", "TEXT", "n"]],
    ["SELECT * REPLACE (upper(caption) AS caption, -width AS width) FROM metadata", undefined],
    ["SELECT * REPLACE (upper(TEXT) AS TEXT, -original_width AS original_width) FROM metadata", undefined],
    ["SELECT * RENAME (caption AS old_caption, width AS old_width) FROM metadata", undefined],
    ["SELECT COLUMNS('.*') FROM metadata", undefined],
    ["SELECT COLUMNS('url|caption|TEXT') FROM metadata", ["url", "caption", "TEXT"]],
    ["WITH metadata AS (SELECT url, TEXT AS caption, url AS TEXT FROM other) SELECT * FROM metadata", ["url", "caption", "TEXT"]],
    ["SELECT * FROM (SELECT url, caption, url AS TEXT FROM metadata) AS metadata", ["url", "caption", "TEXT"]],
    ["SELECT * FROM (SELECT * FROM metadata) WHERE TEXT <> '' AND original_width >= 0", undefined],
    ["WITH a AS (SELECT * FROM metadata) SELECT url, TEXT, caption, width, original_width FROM a", undefined],
    ["SELECT * FROM metadata AS m(url, caption, width, hash, TEXT, original_width)", undefined],
    ["SELECT url, caption, TEXT, width, original_width FROM metadata", undefined],
    ["CREATE TEMP VIEW v AS SELECT url, caption, url AS TEXT FROM metadata; SELECT * FROM v", ["url", "caption", "TEXT"]],
    ["CREATE TEMP VIEW v(url, TEXT, caption) AS SELECT url, caption, url FROM metadata; SELECT * FROM v", ["url", "TEXT", "caption"]],
    ["CREATE TEMP MACRO m() AS TABLE SELECT url, caption, url AS TEXT FROM metadata; SELECT * FROM m()", ["url", "caption", "TEXT"]],
  ])("keeps a column that is not, or may not be, a copy: %s", async (text, expected) => {
    const { selection, names, kept, whole } = await selected(text);
    expect(kept).toEqual(whole);
    if (expected) expect(names).toEqual(expected);
    expect([selection.dropped, selection.notices]).toEqual([[], []]);
  });

  test("keeps a column named after it, and leaves out the star's own", async () => {
    const { names, selection } = await selected("SELECT *, TEXT FROM metadata");
    expect(names).toEqual([...OWN, "TEXT"]);
    expect(selection.dropped.map(({ name }) => name)).toEqual(["TEXT", "original_width"]);
  });

  test("keeps the joined table's column of such a name, if it is the only one", async () => {
    const { names, kept } = await selected("SELECT * FROM metadata JOIN other USING (url)");
    expect(names).toEqual(SCORED);
    expect(kept.map((row) => row["TEXT"])).toEqual(["other 2", "other 3"]);
    expect(kept.map((row) => row["caption"])).toEqual(["caption 2", "caption 3"]);
  });
});

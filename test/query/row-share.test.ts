// Tells which queries only keep rows of the metadata, and which can make more rows.
import { expect, test } from "vitest";
import { eventLine } from "../../src/cli/display/lines.ts";
import { prepare, withMetadata } from "../support/query/prepared-query.ts";

test.each([
  ["FROM metadata", true],
  ["SELECT DISTINCT ON (caption) * FROM metadata m WHERE width > 300 QUALIFY row_number() OVER (PARTITION BY url) = 1 LIMIT 5", true],
  ["SELECT url, count(*) AS n FROM metadata GROUP BY url", true],
  ["WITH a AS (FROM metadata), b AS (FROM a) SELECT * FROM (FROM b WHERE hash IN (SELECT k FROM other))", true],
  ["CREATE TEMP VIEW a AS FROM metadata; CREATE TEMP TABLE b AS FROM a WHERE hash > 2; FROM b", true],
  ["FROM metadata SEMI JOIN other ON hash = k", true],
  ["FROM metadata EXCEPT FROM metadata WHERE hash > 3", true],
  ["SELECT 'u' || k AS url FROM other", false],
  ["SELECT url FROM metadata, other", false],
  ["SELECT url FROM metadata LEFT JOIN other ON k < hash", false],
  ["SELECT url FROM metadata UNION ALL SELECT url FROM metadata", false],
  ["SELECT url, unnest([1, 2]) AS n FROM metadata", false],
  ["SELECT url, n FROM metadata, unnest([1, 2]) AS t(n)", false],
  ["SELECT url, width, count(*) AS n FROM metadata GROUP BY ROLLUP (url, width)", false],
  ["WITH metadata AS (SELECT 'u' || k AS url FROM other) FROM metadata", false],
  ["WITH metadata AS (FROM metadata) FROM metadata", true],
  ["CREATE TEMP VIEW a AS SELECT url FROM metadata, other; FROM a", false],
  ["CREATE TEMP MACRO m() AS TABLE FROM metadata; FROM m()", false],
  ["SELECT * FROM (VALUES ('u'), ('v')) AS t(url)", false],
])("a query is a share of the metadata only if it keeps its rows: %s", async (query, expected) => {
  await withMetadata(async (database) => {
    await database.run("CREATE TABLE other AS SELECT range % 20 AS k FROM range(60)");
    expect((await prepare(database, query)).isShare).toBe(expected);
    const [kept] = await database.rows("SELECT count(*) AS n FROM selection");
    if (expected) expect(Number(kept?.["n"])).toBeLessThanOrEqual(20);
  });
});

test("a summary of other rows does not compare them with the metadata", () => {
  const event = { event: "selection_finished", rowsRead: 20, partitions: 1, isResumed: false } as const;
  expect(eventLine({ ...event, rowsKept: 5 })).toBe("kept 5 of 20 rows in 1 partition");
  expect(eventLine({ ...event, rowsKept: 40, isShare: false })).toBe("kept 40 rows (the metadata has 20) in 1 partition");
});

// Any SELECT: the partitions hold the rows and types that DuckDB alone returns for the query.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storableType } from "../../src/partition/storable.ts";
import type { Database } from "../../src/sql/database.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { partitionsOf, recordOf, selectInto } from "../support/selection/selected.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
/** A database with the same tables as views, without anything of `prep`. */
let plain: Database;
const at = (...names: string[]) => join(folder.path, ...names);

/** The tables of `--table`, and SQL for their rows. */
const TABLES: Readonly<Record<string, string>> = {
  safety: "SELECT (i * 7) % 4000 AS hash, (i % 100 / 100)::FLOAT AS punsafe FROM range(3500) r(i)",
  watermark: "SELECT i AS hash, (i % 50 / 50)::FLOAT AS pwatermark FROM range(1000, 6000) r(i)",
  subset: "SELECT 'http://more.test/' || i AS url, i AS hash, 'only here' AS extra FROM range(300) r(i)",
};

beforeAll(async () => {
  folder = await makeFolder();
  const metadata = await writeParquet(
    at("metadata.parquet"),
    `SELECT 'http://host' || i % 17 || '.test/' || i % 4500 AS url, 'caption ' || i AS caption, (i * 37 % 2000)::INTEGER AS width,
       (i * 91 % 1500)::INTEGER AS height, (i % 1000 / 1000)::FLOAT AS similarity, i AS hash FROM range(5000) r(i)`,
  );
  plain = await openTestDatabase();
  await plain.run(`CREATE VIEW metadata AS FROM '${metadata}'`);
  for (const [name, select] of Object.entries(TABLES)) {
    await plain.run(`CREATE VIEW ${name} AS FROM '${await writeParquet(at(`${name}.parquet`), select)}'`);
  }
});

afterAll(async () => {
  plain.close();
  await folder.remove();
});

const QUERIES: readonly (readonly [string, string, string?])[] = [
  ["a filter", "SELECT * FROM metadata WHERE width >= 1024 AND height >= 600"],
  ["an inner join", "SELECT m.*, s.punsafe FROM metadata m JOIN safety s USING (hash) WHERE s.punsafe < 0.5"],
  [
    "a full join and a left join",
    "SELECT m.*, punsafe, pwatermark FROM metadata m LEFT JOIN (SELECT * FROM safety FULL JOIN watermark USING (hash)) USING (hash)",
  ],
  ["an anti join", "SELECT * FROM metadata ANTI JOIN safety USING (hash)"],
  ["QUALIFY", "SELECT * FROM metadata QUALIFY row_number() OVER (PARTITION BY url ORDER BY similarity DESC, hash) = 1"],
  ["DISTINCT ON", "SELECT DISTINCT ON (url) * FROM metadata ORDER BY url, hash"],
  ["DISTINCT", "SELECT DISTINCT url FROM metadata"],
  [
    "aggregates",
    "SELECT url, count(*) AS n, sum(hash) AS total, avg(similarity) AS mean, list(hash ORDER BY hash) AS hashes, min({'w': width, 'h': height}) AS least FROM metadata GROUP BY url",
  ],
  ["UNION ALL BY NAME over subsets", "SELECT * FROM metadata WHERE width < 100 UNION ALL BY NAME SELECT * FROM subset"],
  ["a quantile cut", "SELECT * FROM metadata WHERE similarity > (SELECT quantile_cont(similarity, 0.9) FROM metadata)"],
  ["a window", "SELECT *, width - lag(width) OVER (ORDER BY hash) AS step, ntile(7) OVER (ORDER BY hash) AS seventh FROM metadata"],
  ["unnest", "SELECT url, unnest(['a', 'b', caption]) AS caption, unnest(range(3)) AS turn FROM metadata"],
  [
    "a recursive CTE",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 500) SELECT 'http://host.test/' || n AS url, n FROM t",
  ],
  [
    "a PIVOT with named columns",
    "SELECT * FROM (PIVOT (SELECT url, width % 3 AS third FROM metadata) ON third IN (0, 1, 2) USING count(*))",
  ],
  ["VALUES", "SELECT * FROM (VALUES ('http://a.test/', 1), ('http://b.test/', NULL)) v(url, n)"],
  ["rows equal in every column", "SELECT 'http://host.test/' || hash % 3 AS url FROM metadata"],
  [
    "a table and a macro of the query's own",
    "SELECT m.*, area(width, height) AS area FROM metadata m SEMI JOIN good USING (hash)",
    "CREATE TEMP TABLE good AS SELECT hash FROM safety WHERE punsafe < 0.2; CREATE TEMP MACRO area(w, h) AS w * h;",
  ],
  ["ORDER BY and LIMIT", "SELECT * FROM metadata ORDER BY similarity DESC, hash LIMIT 1234"],
];

describe("a query's rows come through the shuffle unchanged", () => {
  it.each(QUERIES.map(([name, select, definitions]) => ({ name, select, definitions })))(
    "$name",
    async ({ name, select, definitions = "" }) => {
      const output = at(name.replaceAll(/\W/g, "-"));
      const tables = Object.keys(TABLES).map((table) => `${table}=${at(`${table}.parquet`)}`);
      const record = await selectInto(output, `${definitions} ${select}`, [at("metadata.parquet")], { tables, partitions: 4 });
      if (definitions) await plain.run(definitions);
      await plain.run(`CREATE OR REPLACE TEMP TABLE wanted AS ${select}`);
      const partitions = await partitionsOf(output);
      const types = (columns: readonly { name: string; type: string }[]) =>
        columns.map((column) => [column.name, storableType(column.type)]);
      expect(types(await plain.columns(`FROM ${partitions}`))).toEqual(types(await plain.columns("FROM wanted")));
      expect(
        await plain.rows(
          `SELECT count(*) AS n FROM ((FROM wanted EXCEPT ALL FROM ${partitions}) UNION ALL (FROM ${partitions} EXCEPT ALL FROM wanted))`,
        ),
      ).toEqual([{ n: 0n }]);
      const [count] = await plain.rows("SELECT count(*) AS n FROM wanted");
      expect(record.checksum?.rows).toBe(Number(count?.["n"]));
      expect(record.partitions.reduce((sum, { rows }) => sum + rows, 0)).toBe(Number(count?.["n"]));
    },
  );

  it("a query with random() is run once: count, checksum and partitions belong to one result", async () => {
    const record = await selectInto(at("dice"), "SELECT *, random() AS dice FROM metadata WHERE random() < 0.5", [at("metadata.parquet")]);
    expect(record.checksum?.rows).toBe(record.funnel.rowsKept);
    expect(Math.abs(record.funnel.rowsKept - 2500)).toBeLessThan(250);
  });
});

/** Names that DuckDB, parquet or `prep` uses itself, and names that SQL takes only in quotes. */
const NAMES = [
  "__k",
  "filename",
  "order",
  "file_row_number",
  "file_index",
  "prep_r",
  "prep_r_",
  "prep_counted",
  "selection",
  "rowid",
  "k",
  "r",
];
NAMES.push(
  "with space",
  'with "quotes"',
  "it's",
  "Größe 東京 🚲",
  "c0",
  "select",
  "list.element",
  "a;b",
  "-- no comment",
  " ",
  "hash",
  "1",
);

describe("columns with difficult names", () => {
  it("keep their names if the query gives them", async () => {
    const list = NAMES.map((name, index) => `hash + ${index} AS "${name.replaceAll('"', '""')}"`).join(", ");
    const output = at("names");
    const args = ["filter", `SELECT url, ${list} FROM metadata`, "--metadata", at("metadata.parquet"), "--output", output];
    expect(await runPrepHere([...args, "--partitions", "3", "--verify-partitions", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
    const columns = await plain.columns(`FROM ${await partitionsOf(output)}`);
    expect(columns.map(({ name }) => name)).toEqual(["url", ...NAMES]);
    const mixed = NAMES.map(
      (name, index) => `"${name.replaceAll('"', '""')}" - ${index} IS DISTINCT FROM "hash" - ${NAMES.indexOf("hash")}`,
    );
    expect(await plain.rows(`SELECT count(*) AS n FROM ${await partitionsOf(output)} WHERE ${mixed.join(" OR ")}`)).toEqual([{ n: 0n }]);
    expect((await recordOf(output)).checksum?.rows).toBe(5000);
  });

  it("keep their names if SELECT * takes them from the metadata, shuffled, sampled, limited or not", async () => {
    const list = NAMES.map((name, index) => `i + ${index} AS "${name.replaceAll('"', '""')}"`).join(", ");
    const input = await writeParquet(at("named.parquet"), `SELECT 'http://host.test/' || i AS url, ${list} FROM range(3000) r(i)`);
    for (const [turn, options] of [{}, { isShuffled: false }, { sampleShare: 0.5 }, { limit: 100, rowGroupRows: 2048 }].entries()) {
      const output = at(`named-${turn}`);
      await selectInto(output, "SELECT * FROM metadata", [input], options);
      const names = (await plain.columns(`FROM ${await partitionsOf(output)}`)).map(({ name }) => name);
      expect(names.sort()).toEqual(["url", ...NAMES].sort());
      expect(
        await plain.rows(`SELECT count(*) AS n FROM ${await partitionsOf(output)} WHERE "__k" <> "order" - 2 OR "1" <> "hash" + 1`),
      ).toEqual([{ n: 0n }]);
    }
  });
});

describe("values of any size", () => {
  it("come back whole: captions of 60 KB in two of many rows", async () => {
    const input = await writeParquet(
      at("long.parquet"),
      "SELECT 'http://host.test/' || i AS url, if(i IN (5, 2500), repeat('0123456789é', 5000), 'short ' || i) AS caption FROM range(5000) r(i)",
    );
    await selectInto(at("long"), "SELECT * FROM metadata", [input]);
    expect(
      await plain.rows(
        `SELECT octet_length(encode(caption)) AS n, md5(caption) = md5(repeat('0123456789é', 5000)) AS same FROM ${await partitionsOf(at("long"))} WHERE length(caption) > 100`,
      ),
    ).toEqual([
      { n: 60_000n, same: true },
      { n: 60_000n, same: true },
    ]);
  });
});

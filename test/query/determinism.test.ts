// Tells which selections give the same rows each time they are read.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isDeterministic } from "../../src/query/determinism.ts";
import { readPlan } from "../../src/query/query-plan.ts";
import type { Database } from "../../src/sql/database.ts";
import { quoteName } from "../../src/sql/text.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { prepare } from "../support/query/prepared-query.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let database: Database;

beforeAll(async () => {
  folder = await makeFolder();
  const rows = "SELECT 'http://a.test/' || i AS url, 'caption' AS caption, i AS width, TIMESTAMP '2024-01-01' AS day FROM range(20) r(i)";
  const path = await writeParquet(join(folder.path, "a.parquet"), rows);
  database = await openTestDatabase();
  await database.run(`CREATE VIEW metadata AS SELECT * FROM read_parquet(['${path}']) UNION ALL BY NAME SELECT * FROM '${path}'`);
  await database.run(`COPY (FROM metadata) TO '${join(folder.path, "a.csv")}'; CREATE VIEW csv AS FROM '${join(folder.path, "a.csv")}'`);
});

afterAll(async () => {
  database.close();
  await folder.remove();
});

async function isRepeatable(query: string): Promise<boolean> {
  await prepare(database, query);
  return (await readPlan(database, "selection")).isRepeatable;
}

describe("a selection is repeatable", () => {
  it.each([
    "FROM metadata",
    "SELECT url FROM metadata WHERE width > coalesce(getvariable('x'), 1)",
    "SELECT url, 'random() now()' AS words FROM metadata -- uuid()",
    "SELECT url, width AS random, width AS uuid, {'today': 1} AS now FROM metadata",
    "SELECT lower(url) AS url, [x + 1 for x in [width]] AS l, width BETWEEN 2 AND 5 AS b, url ILIKE '%a%' AS i FROM metadata WHERE width IN (1, 2, 3)",
    "SELECT url FROM metadata WHERE width < 3 UNION ALL SELECT url FROM metadata",
    "WITH few AS (FROM metadata WHERE width < 3) SELECT url, list_sum([width, 1]) AS s FROM few",
  ])("%s", async (query) => {
    expect(await isRepeatable(query)).toBe(true);
  });
});

describe("a selection is not repeatable", () => {
  it.each([
    "SELECT url FROM metadata WHERE random() < 0.5",
    'SELECT url, "uuid"() AS id FROM metadata',
    "SELECT url, main.random() AS id FROM metadata",
    "SELECT url, current_date AS day FROM metadata",
    'SELECT url, "current_timestamp" AS t FROM metadata',
    "SELECT url, current_localtimestamp() AS t FROM metadata",
    "SELECT url, current_localtime() AS t FROM metadata",
    "SELECT url, localtimestamp AS t FROM metadata",
    "SELECT url, age(day) AS t FROM metadata",
    "SELECT url, ago(INTERVAL 1 DAY) AS t FROM metadata",
    "SELECT url, current_setting('threads') AS t FROM metadata",
    "SELECT url, list_aggregate([1, 2, 3], 'reservoir_quantile', 0.5) AS t FROM metadata",
    "SELECT url, list_transform([1], lambda x: x + random()) AS t FROM metadata",
    "SELECT url, ln(width) AS t FROM metadata",
    "CREATE TEMP MACRO coin() AS random(); CREATE TEMP MACRO toss(x) AS x + coin(); SELECT url, toss(1) AS c FROM metadata",
    "CREATE TEMP VIEW v AS SELECT url, uuid() AS id FROM metadata; SELECT * FROM v",
    "CREATE TEMP MACRO rows() AS TABLE SELECT url, uuid() AS id FROM metadata; FROM rows()",
    "CREATE TEMP TABLE t1 AS SELECT url, uuid() AS id FROM metadata; FROM t1",
    "SELECT url FROM metadata USING SAMPLE 10%",
    "SELECT url FROM metadata TABLESAMPLE 10%",
    "SELECT url FROM metadata LIMIT 5",
    "SELECT url FROM metadata ORDER BY url LIMIT 5",
    "SELECT DISTINCT url FROM metadata",
    "SELECT DISTINCT ON (caption) * FROM metadata",
    "SELECT url, sum(width / 7.0) AS s FROM metadata GROUP BY url",
    "SELECT any_value(url) AS url FROM metadata GROUP BY caption",
    "FROM metadata QUALIFY row_number() OVER (PARTITION BY caption ORDER BY day) = 1",
    "SELECT url, row_number() OVER () AS n FROM metadata",
    "SELECT a.url FROM metadata a JOIN metadata b USING (url)",
    "SELECT url FROM metadata WHERE width > (SELECT avg(width) FROM metadata)",
    "SELECT url FROM metadata EXCEPT SELECT url FROM metadata WHERE width < 3",
    // DuckDB cannot write down the plan of text files.
    "SELECT url FROM csv",
  ])("%s", async (query) => {
    expect(await isRepeatable(query)).toBe(false);
  });
});

/** SQL of a value of each simple type. */
const VALUES: Readonly<Record<string, string>> = {
  VARCHAR: "'abc'",
  BOOLEAN: "true",
  BLOB: "'ab'::BLOB",
  DATE: "DATE '2021-02-03'",
  TIME: "TIME '01:02:03'",
  TIMESTAMP: "TIMESTAMP '2021-02-03 01:02:03'",
  "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ '2021-02-03 01:02:03+00'",
  INTERVAL: "INTERVAL 1 DAY",
  DOUBLE: "0.5::DOUBLE",
  FLOAT: "0.5::FLOAT",
  ANY: "1.5",
};

it("every function that DuckDB calls consistent gives the same value a second later in another database, except the known ones", async () => {
  const functions = await database.rows(
    `SELECT DISTINCT function_name AS name, parameter_types AS types FROM duckdb_functions()
     WHERE function_type = 'scalar' AND stability = 'CONSISTENT' ORDER BY ALL`,
  );
  const calls = functions.map(({ name, types }) => {
    const values = (types as string[]).map((type) => VALUES[type.toUpperCase()] ?? (/INT/.test(type) ? `2::${type}` : "1"));
    return { name: String(name), call: `${quoteName(String(name))}(${values.join(", ")})` };
  });
  const results = async (from: Database) => {
    const answers: (string | undefined)[] = [];
    for (const { call } of calls) {
      const [row] = await from.rows(`SELECT ${call}::VARCHAR AS value`).catch(() => []);
      answers.push(row && JSON.stringify(row["value"]));
    }
    return answers;
  };
  const first = await results(database);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const other = await openTestDatabase();
  try {
    const second = await results(other);
    expect(first.filter((value) => value !== undefined).length).toBeGreaterThan(800);
    const changed = calls.filter((_, index) => first[index] !== second[index]);
    await other.run("CREATE TABLE one AS SELECT 1 AS n");
    for (const { call } of changed) expect([call, await isDeterministic(other, `(SELECT ${call} FROM one)`)]).toEqual([call, false]);
    expect(changed.length).toBeGreaterThan(0);
  } finally {
    other.close();
  }
});

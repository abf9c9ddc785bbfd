// Queries for the model checker, and conditions that their rows must fulfil.
import type { Random } from "./random.ts";

/** A query with its oracle: SQL over `metadata` and `other` (the input), `wanted` (DuckDB's answer) and `got` (the partitions). */
export interface ModelQuery {
  /** Statements before the SELECT. */
  readonly definitions?: readonly string[];
  readonly select: string;
  /** Whether the result is always the same multiset of rows, which is then compared with DuckDB's. */
  readonly isDetermined: boolean;
  /** Whether DuckDB also guarantees the order of the rows, which `--no-shuffle` keeps. */
  readonly isOrdered?: boolean;
  /** Each counts faults, so it must return 0. */
  readonly violations: readonly string[];
}

const determined = (select: string, ...definitions: string[]): ModelQuery => ({ select, definitions, isDetermined: true, violations: [] });
const inOrder = (select: string): ModelQuery => ({ ...determined(select), isOrdered: true });
const checked = (select: string, ...violations: string[]): ModelQuery => ({ select, isDetermined: false, violations });

const COLUMNS = "id, url, caption, width, height, hash, score, tag, language";

/** Counts rows that the input does not have, or has less often. */
const NO_INPUT = `SELECT count(*) FROM (SELECT ${COLUMNS} FROM got EXCEPT ALL SELECT ${COLUMNS} FROM metadata)`;
const OTHER_INPUT = `SELECT (SELECT count(*) FROM got) <> (SELECT count(*) FROM metadata)`;
/** Counts keys that repeat, are missing, or belong to no row. */
const keysOnce = (key: string) => `SELECT (SELECT count(*) - count(DISTINCT ${key}) FROM got)
  + (SELECT count(*) FROM ((SELECT DISTINCT ${key} FROM metadata EXCEPT SELECT ${key} FROM got) UNION ALL (SELECT ${key} FROM got EXCEPT SELECT ${key} FROM metadata)))`;
const sameMultiset = (list: string) =>
  `SELECT count(*) FROM ((SELECT ${list} FROM got EXCEPT ALL SELECT ${list} FROM wanted) UNION ALL (SELECT ${list} FROM wanted EXCEPT ALL SELECT ${list} FROM got))`;
const rowCount = (rows: string) => `SELECT (SELECT count(*) FROM got) <> ${rows}`;

/** Counts moments beyond the first: all partitions must belong to one result. */
const clock = (call: string) =>
  checked(`SELECT *, ${call} AS t FROM metadata`, NO_INPUT, OTHER_INPUT, "SELECT count(DISTINCT t) - 1 FROM got");

/** Every kind of query, with its parts chosen by chance. */
export const KINDS: Readonly<Record<string, (random: Random, rows: number) => ModelQuery>> = {
  filter: (random) =>
    inOrder(
      `SELECT * FROM metadata WHERE width > ${random.between(90, 130)} AND ${random.of(["caption IS NOT NULL", "score < 50", "tag <> 'tag1'", "url LIKE '%7%'"])}`,
    ),
  projection: (random) =>
    inOrder(
      `SELECT * EXCLUDE (tag) REPLACE (upper(caption) AS caption), width * ${random.between(2, 9)} AS area, ${random.of(["score + 0.5", "[width, height]", "{'a': width, 'b': tag}"])} AS extra FROM metadata`,
    ),
  "union all by name": () => determined("SELECT * FROM metadata WHERE id % 2 = 0 UNION ALL BY NAME SELECT * FROM other"),
  "union all in order": () => inOrder("SELECT * FROM metadata WHERE id % 3 = 0 UNION ALL SELECT * FROM metadata WHERE id % 3 > 0"),
  join: (random) => determined(`SELECT m.*, o.p FROM metadata m ${random.of(["JOIN", "LEFT JOIN"])} other o USING (hash)`),
  "stars over two tables": () =>
    determined("SELECT m.*, o.* EXCLUDE (hash, url) FROM metadata m, other o WHERE m.hash = o.hash AND m.id % 2 = 0"),
  "semi and anti join": (random) => determined(`FROM metadata ${random.of(["SEMI", "ANTI"])} JOIN other USING (hash)`),
  "self join": () => determined("SELECT a.*, b.id AS twin FROM metadata a JOIN metadata b ON a.url = b.url AND a.id < b.id"),
  group: () =>
    determined("SELECT url, count(*) AS n, max(width) AS w, min(caption) AS caption, sum(height) AS h FROM metadata GROUP BY url"),
  distinct: () => determined("SELECT DISTINCT url, tag FROM metadata"),
  "qualify without ties": (random) =>
    determined(`FROM metadata QUALIFY row_number() OVER (PARTITION BY ${random.of(["url", "tag, url"])} ORDER BY id DESC) = 1`),
  window: () =>
    determined("SELECT *, count(*) OVER (PARTITION BY url) AS n, rank() OVER (PARTITION BY tag ORDER BY score) AS place FROM metadata"),
  subquery: (random) =>
    determined(
      `SELECT * FROM metadata WHERE ${random.of(["score > (SELECT avg(score) FROM metadata)", "tag IN (SELECT tag FROM metadata WHERE id < 3)", "EXISTS (SELECT 1 FROM other o WHERE o.hash = metadata.hash)"])}`,
    ),
  cte: () =>
    determined(
      "WITH n AS (SELECT url, count(*) AS n FROM metadata GROUP BY url) SELECT m.*, n.n FROM metadata m JOIN n USING (url) WHERE n.n > 1",
    ),
  except: (random) =>
    determined(`SELECT url, tag FROM metadata ${random.of(["EXCEPT", "INTERSECT"])} SELECT url, tag FROM metadata WHERE score > 40`),
  unnest: (random) => determined(`SELECT *, unnest(range(${random.between(1, 3)})) AS copy FROM metadata`),
  "order and limit without ties": (random, rows) => inOrder(`FROM metadata ORDER BY score DESC, id LIMIT ${random.between(1, rows)}`),
  definitions: (random) =>
    determined(
      "SELECT *, twice(width) AS w FROM few",
      "CREATE TEMP MACRO twice(x) AS x * 2",
      `CREATE TEMP ${random.of(["TABLE", "VIEW"])} few AS SELECT * FROM metadata WHERE id % 3 <> 0`,
    ),

  "distinct on": () => checked("SELECT DISTINCT ON (url) * FROM metadata", NO_INPUT, keysOnce("url")),
  "distinct on after a join": () =>
    checked("SELECT DISTINCT ON (m.url) m.* FROM metadata m LEFT JOIN other o USING (hash)", NO_INPUT, keysOnce("url")),
  any_value: (random) => {
    const pick = random.of(["any_value(tag)", "first(tag)", "last(tag)", "arg_min(tag, height)"]);
    return checked(
      `SELECT url, ${pick} AS tag FROM metadata GROUP BY url`,
      keysOnce("url"),
      "SELECT count(*) FROM (SELECT url, tag FROM got EXCEPT SELECT url, tag FROM metadata)",
    );
  },
  "floating sum": () =>
    checked(
      "SELECT url, sum(hash / 7.0) AS s FROM metadata GROUP BY url",
      keysOnce("url"),
      "SELECT count(*) FROM got JOIN wanted USING (url) WHERE abs(got.s::DOUBLE - wanted.s::DOUBLE) > 1e-9 * abs(wanted.s::DOUBLE)",
    ),
  list: () =>
    checked(
      "SELECT url, list(tag) AS tags, count(*) AS n FROM metadata GROUP BY url",
      keysOnce("url"),
      sameMultiset("url, n, length(tags)"),
    ),
  string_agg: () =>
    checked(
      "SELECT url, string_agg(tag, ',') AS tags FROM metadata GROUP BY url",
      keysOnce("url"),
      sameMultiset("url, list_sort(string_split(tags, ','))"),
    ),
  "qualify with ties": () =>
    checked(
      "FROM metadata QUALIFY row_number() OVER (PARTITION BY url ORDER BY height DESC) = 1",
      NO_INPUT,
      keysOnce("url"),
      sameMultiset("url, height"),
    ),
  "order and limit with ties": (random, rows) =>
    checked(`FROM metadata ORDER BY height DESC LIMIT ${random.between(1, rows - 1)}`, NO_INPUT, sameMultiset("height")),
  limit: (random, rows) => {
    const limit = random.between(1, rows);
    return checked(`FROM metadata LIMIT ${limit}`, NO_INPUT, rowCount(String(limit)));
  },
  "sample of rows": (random, rows) => {
    const sample = random.between(1, rows);
    return checked(`FROM metadata USING SAMPLE ${sample} ROWS`, NO_INPUT, rowCount(String(sample)));
  },
  "sample of a share": () => checked("FROM metadata USING SAMPLE 60% (bernoulli)", NO_INPUT),
  "row numbers": () =>
    checked(
      "SELECT *, row_number() OVER () AS place FROM metadata",
      NO_INPUT,
      OTHER_INPUT,
      "SELECT count(*) - count(DISTINCT place) + (max(place::BIGINT) <> count(*))::INTEGER FROM got",
    ),
  identifiers: (random) =>
    checked(
      `SELECT *, ${random.of(["uuid()", '"uuid"()', "main.gen_random_uuid()"])} AS u FROM metadata`,
      NO_INPUT,
      OTHER_INPUT,
      "SELECT count(*) - count(DISTINCT u) FROM got",
    ),
  dice: (random) => checked(`FROM metadata WHERE ${random.of(["random() < 0.7", '"random"() < 0.7', "main.random() < 0.7"])}`, NO_INPUT),
  clocks: (random) =>
    clock(random.of(["now()", "current_timestamp", "get_current_timestamp()", "localtimestamp", "localtime", "ago(INTERVAL 1 DAY)"])),
  "hidden clocks": (random) => clock(random.of(["current_localtimestamp()", "current_localtime()", '"current_timestamp"'])),
  "dice in a macro": () => ({
    ...checked(
      "SELECT *, toss(0) AS t FROM metadata",
      NO_INPUT,
      OTHER_INPUT,
      "SELECT (count(DISTINCT t) < count(*) * 0.9)::INTEGER FROM got",
    ),
    definitions: ["CREATE TEMP MACRO toss(x) AS x + random()"],
  }),
  "dice in a table": () => ({
    ...checked(
      "SELECT m.*, d.u FROM metadata m JOIN drawn d USING (id)",
      NO_INPUT,
      OTHER_INPUT,
      "SELECT count(*) - count(DISTINCT u) FROM got",
    ),
    definitions: ["CREATE TEMP TABLE drawn AS SELECT id, uuid() AS u FROM metadata"],
  }),
};

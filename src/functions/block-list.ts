// The function is_blocked: whether a URL, its host or a digest is on the user's block list, by the rules of --block-list.
import type { Database } from "../sql/database.ts";
import { fileToRead, quoteText } from "../sql/text.ts";
import { type Macro, macroStatements } from "./macro.ts";

/** The table that `is_blocked` reads; a query that calls it without one ends with an error instead of blocking nothing. */
export const BLOCK_LIST_TABLE = "block_list";

/** What a list has: URLs without their scheme (`host/path?query`), hosts, and digests in lower-case hex. */
export type BlockEntries = AsyncIterable<string>;

/** The key of a URL, as `BlockEntries` has it; null for one that is never requested. */
export type UrlKey = (url: string) => string | null;

/** Called by is_blocked for the key of a URL that is not plain. */
const URL_KEY = "prep_block_key";

/** Rows that are added to the table at a time. */
const BATCH_ROWS = 100_000;

/**
 * A URL that is its own key behind `//`: nothing in it that the URL standard would rewrite. Nearly all are. The last label of
 * the host begins with a letter, so that the host is no address.
 */
const PLAIN = String.raw`^https?://([a-z0-9-]+\.)*[a-z][a-z0-9-]*/[A-Za-z0-9._~!$&()*+,;=:@%/-]*(\?[A-Za-z0-9._~!$&()*+,;=:@%/?-]+)?$`;

/** Segments of dots, which the standard removes. */
const DOTS = "contains(url, '/.') OR contains(lower(url), '%2e')";

const KEY = `CASE WHEN url IS NULL THEN NULL
  WHEN regexp_matches(url, ${quoteText(PLAIN)}) AND NOT (${DOTS}) THEN substr(url, strpos(url, '//') + 2)
  ELSE ${URL_KEY}(url) END`;

const isListed = (value: string) => `coalesce(${value} IN (SELECT entry FROM ${BLOCK_LIST_TABLE}), false)`;

/** `is_blocked` where the list's hosts have these numbers of labels: a host is listed if its last labels are an entry. */
function blockMacros(labelCounts: readonly number[]): Macro[] {
  const host = String.raw`regexp_extract(key, '^(\[[^\]]*\]|[^/:]*)', 1)`;
  const hosts = labelCounts.map((count) => isListed(`array_to_string(string_split(${host}, '.')[-${count}:], '.')`));
  const listed = [isListed("key"), ...hosts].join("\n  OR ");
  return [
    { name: "prep_is_key_blocked", parameters: ["key"], body: listed },
    {
      name: "is_blocked",
      parameters: ["url"],
      body: `prep_is_key_blocked(${KEY})`,
      says: "Whether the block list has this URL, its host or a domain that the host lies in (--table block_list=FILE).",
    },
    { name: "is_blocked", parameters: ["url", "digest"], body: `prep_is_key_blocked(${KEY})\n  OR ${isListed("lower(digest)")}` },
  ];
}

/** What queries can call where there is a list. */
export const BLOCK_MACROS: readonly Macro[] = blockMacros([]);

/**
 * Reads a list into the database, before its fence, and defines `is_blocked`. Throws what the entries throw; SqlError where
 * the database has no room.
 */
export async function createBlockList(database: Database, entries: BlockEntries, urlKey: UrlKey): Promise<void> {
  database.createTextFunction(URL_KEY, urlKey);
  await database.run(`CREATE OR REPLACE TABLE ${BLOCK_LIST_TABLE} (entry VARCHAR)`);
  const labelCounts = new Set<number>();
  let batch: string[] = [];
  for await (const entry of entries) {
    if (!entry.includes("/")) labelCounts.add(entry.split(".").length);
    batch.push(entry);
    if (batch.length < BATCH_ROWS) continue;
    await database.appendTexts(BLOCK_LIST_TABLE, [batch]);
    batch = [];
  }
  await database.appendTexts(BLOCK_LIST_TABLE, [batch]);
  await database.run(macroStatements(blockMacros([...labelCounts])).join(";\n"));
}

/** Labels of a host that a DuckDB shell looks for: it learns the list's entries only when it reads them. */
const SHELL_LABELS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The key of a URL in SQL alone: it knows no punycode, no numeric hosts, no segments of dots, and it encodes nothing. */
const SHELL_KEY: Macro = {
  name: URL_KEY,
  parameters: ["url"],
  body: String.raw`CASE WHEN regexp_matches(url, '^\s*https?:[/\\]{2}', 'i') THEN url_host(url)
  || regexp_replace(regexp_extract(url, '^\s*[A-Za-z]+:[/\\]{2}(?:[^/\\?#@]*@)?(?:\[[^\]]*\]|[^/\\?#:]*)(:\d*)', 1),
    CASE WHEN url ILIKE '%https:%' THEN '^:(443)?$' ELSE '^:(80)?$' END, '')
  || regexp_replace(translate(regexp_extract(trim(url), '^[A-Za-z]+:[/\\]{2}[^/\\?#]*([^#]*?)\??(?:#|$)', 1), '\', '/'), '^($|\?)', '/\1') END`,
};

/** SQL that gives any DuckDB shell `is_blocked` over a list, after the functions of URLs; its keys are those of `SHELL_KEY`. */
export function blockListStatements(path: string): string[] {
  // A separator that no entry has, so that commas and quotes in URLs stay what they are.
  const lines = `read_csv(${fileToRead(path)}, columns = {line: 'VARCHAR'}, header = false, auto_detect = false, delim = chr(1), quote = '', escape = '', strict_mode = false)`;
  const table = `CREATE OR REPLACE TABLE ${BLOCK_LIST_TABLE} AS
SELECT DISTINCT CASE WHEN contains(line, '/') THEN ${URL_KEY}(line) ELSE lower(regexp_replace(rtrim(line, '.'), '^\\*?\\.', '')) END AS entry
FROM (SELECT trim(line, chr(9) || chr(13) || ' ' || chr(65279)) AS line FROM ${lines})
WHERE line <> '' AND NOT starts_with(line, '#')`;
  return [...macroStatements([SHELL_KEY]), table, ...macroStatements(blockMacros(SHELL_LABELS))];
}

// Defines is_blocked: whether a URL, its host or a digest is on the list of --block-list.
import type { Database } from "../sql/database.ts";
import { fileToRead, quoteText } from "../sql/text.ts";
import { type Macro, macroStatements } from "./macro.ts";

/** The table that `is_blocked` reads. Without it, a query that calls `is_blocked` fails instead of blocking nothing. */
export const BLOCK_LIST_TABLE = "block_list";

/** The entries of a list: URLs without their scheme (`host/path?query`), hosts, and digests in lower-case hex. */
export type BlockEntries = AsyncIterable<string>;

/** Turns a URL into its entry in `BlockEntries`; null for a URL that is never requested. */
export type UrlKey = (url: string) => string | null;

/** The SQL function that gives the key of a URL that is not plain. */
const URL_KEY = "prep_block_key";

/** Rows added to the table at once. */
const BATCH_ROWS = 100_000;

/**
 * Matches a plain URL: its key is the text after `//`, because the URL standard would not rewrite any of it. Nearly all URLs are
 * plain. The last label of the host begins with a letter, so the host is not an IP address.
 */
const PLAIN = String.raw`^https?://([a-z0-9-]+\.)*[a-z][a-z0-9-]*/[A-Za-z0-9._~!$&()*+,;=:@%/-]*(\?[A-Za-z0-9._~!$&()*+,;=:@%/?-]+)?$`;

/** Dot segments, which the URL standard removes. */
const DOTS = "contains(url, '/.') OR contains(lower(url), '%2e')";

const KEY = `CASE WHEN url IS NULL THEN NULL
  WHEN regexp_matches(url, ${quoteText(PLAIN)}) AND NOT (${DOTS}) THEN substr(url, strpos(url, '//') + 2)
  ELSE ${URL_KEY}(url) END`;

const isListed = (value: string) => `coalesce(${value} IN (SELECT entry FROM ${BLOCK_LIST_TABLE}), false)`;

/** `is_blocked` for a list whose hosts have these numbers of labels. A host is listed if its last labels are an entry. */
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
      says: "Whether the block list has this URL, its host or a domain of the host (--table block_list=FILE).",
    },
    { name: "is_blocked", parameters: ["url", "digest"], body: `prep_is_key_blocked(${KEY})\n  OR ${isListed("lower(digest)")}` },
  ];
}

/** The functions that queries can call if there is a list. */
export const BLOCK_MACROS: readonly Macro[] = blockMacros([]);

/**
 * Reads a list into the database and defines `is_blocked`; call it before the fence is set up. Throws what `entries` throws, and
 * SqlError if the database is full.
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

/** Numbers of labels that a DuckDB shell tries, because it learns the list's entries only when it reads them. */
const SHELL_LABELS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The key of a URL in SQL alone. It handles no punycode, numeric hosts or dot segments, and encodes nothing. */
const SHELL_KEY: Macro = {
  name: URL_KEY,
  parameters: ["url"],
  body: String.raw`CASE WHEN regexp_matches(url, '^\s*https?:[/\\]{2}', 'i') THEN url_host(url)
  || regexp_replace(regexp_extract(url, '^\s*[A-Za-z]+:[/\\]{2}(?:[^/\\?#@]*@)?(?:\[[^\]]*\]|[^/\\?#:]*)(:\d*)', 1),
    CASE WHEN url ILIKE '%https:%' THEN '^:(443)?$' ELSE '^:(80)?$' END, '')
  || regexp_replace(translate(regexp_extract(trim(url), '^[A-Za-z]+:[/\\]{2}[^/\\?#]*([^#]*?)\??(?:#|$)', 1), '\', '/'), '^($|\?)', '/\1') END`,
};

/** SQL that defines `is_blocked` in any DuckDB shell, after the URL functions. Keys are those of `SHELL_KEY`. */
export function blockListStatements(path: string): string[] {
  // No entry has this delimiter, so commas and quotes in URLs stay as they are.
  const lines = `read_csv(${fileToRead(path)}, columns = {line: 'VARCHAR'}, header = false, auto_detect = false, delim = chr(1), quote = '', escape = '', strict_mode = false)`;
  const table = `CREATE OR REPLACE TABLE ${BLOCK_LIST_TABLE} AS
SELECT DISTINCT CASE WHEN contains(line, '/') THEN ${URL_KEY}(line) ELSE lower(regexp_replace(rtrim(line, '.'), '^\\*?\\.', '')) END AS entry
FROM (SELECT trim(line, chr(9) || chr(13) || ' ' || chr(65279)) AS line FROM ${lines})
WHERE line <> '' AND NOT starts_with(line, '#')`;
  return [...macroStatements([SHELL_KEY]), table, ...macroStatements(blockMacros(SHELL_LABELS))];
}

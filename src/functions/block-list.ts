// The functions of queries: whether a URL, its host or its digest is on a list that somebody asks to keep away from.
import type { Database } from "../sql/database.ts";
import { fileToRead } from "../sql/text.ts";
import type { Macro } from "./macro.ts";

/** The table that `is_blocked` reads; a query that calls it without one ends with an error instead of blocking nothing. */
export const BLOCK_LIST_TABLE = "block_list";

const HOST = "lower(url_host(url))";
const isListed = (value: string) => `coalesce(${value} IN (SELECT entry FROM ${BLOCK_LIST_TABLE}), false)`;
/** The host itself and the domains that it lies in, to a depth of five labels. */
const hosts = [HOST, ...[2, 3, 4, 5].map((labels) => `array_to_string(string_split(${HOST}, '.')[-${labels}:], '.')`)];
const urlOrHost = [isListed("url"), ...hosts.map(isListed)].join("\n  OR ");

export const BLOCK_MACROS: readonly Macro[] = [
  {
    name: "is_blocked",
    parameters: ["url"],
    body: urlOrHost,
    says: "Whether the block list has this URL, its host or a domain that the host lies in (--table block_list=FILE).",
  },
  { name: "is_blocked", parameters: ["url", "digest"], body: `${urlOrHost}\n  OR ${isListed("lower(digest)")}` },
];

/** SQL that reads a block list: one entry a line (a URL, a host or a digest), blank lines and lines from # left out. */
export function blockListTable(path: string): string {
  // A separator that no entry has, so that commas and quotes in URLs stay what they are.
  const lines = `read_csv(${fileToRead(path)}, columns = {line: 'VARCHAR'}, header = false, auto_detect = false, delim = chr(1), quote = '', escape = '', strict_mode = false)`;
  return `CREATE OR REPLACE TABLE ${BLOCK_LIST_TABLE} AS
SELECT DISTINCT CASE WHEN contains(entry, '/') THEN entry ELSE lower(rtrim(entry, '.')) END AS entry
FROM (SELECT trim(line, chr(9) || chr(13) || ' ' || chr(65279)) AS entry FROM ${lines})
WHERE entry <> '' AND NOT starts_with(entry, '#')`;
}

/** Reads a block list into the database; throws SqlError where it cannot be read. */
export async function createBlockList(database: Database, path: string): Promise<void> {
  await database.run(blockListTable(path));
}

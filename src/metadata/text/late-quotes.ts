// Before csv is read: quotes behind the rows by which DuckDB finds out about a file, where it found none.
import type { Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { readFiles } from "../formats.ts";
import { unpackedBytes } from "./text-lines.ts";

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/**
 * Whether double quotes hold fields of a file together, of which DuckDB saw none at its beginning: it would leave them in
 * the captions, and make rows of the lines between them. Where the whole does not read so, as a table with these names,
 * they are letters like others.
 */
export async function hasLateQuotes(database: Database, path: string, delimiter: string, names: readonly string[]): Promise<boolean> {
  if (!(await hasFieldWithQuote(path, delimiter))) return false;
  const rows = `FROM ${readFiles([path], { unionByName: true, folderKeys: [], isDoubleQuoted: true, isText: true })}`;
  try {
    const found = (await database.columns(rows)).map(({ name }) => name);
    if (JSON.stringify(found) !== JSON.stringify(names)) return false;
    await database.rows(`SELECT count(*) ${rows}`);
    return true;
  } catch (thrown) {
    if (thrown instanceof SqlError) return false;
    throw thrown;
  }
}

async function hasFieldWithQuote(path: string, delimiter: string): Promise<boolean> {
  const starts = new Set([LINE_FEED, RETURN, delimiter.charCodeAt(0)]);
  let before = LINE_FEED;
  for await (const chunk of unpackedBytes(path)) {
    for (let at = chunk.indexOf(QUOTE); at >= 0; at = chunk.indexOf(QUOTE, at + 1)) {
      if (starts.has((at === 0 ? before : chunk[at - 1]) ?? LINE_FEED)) return true;
    }
    before = chunk.at(-1) ?? before;
  }
  return false;
}

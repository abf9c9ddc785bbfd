// Writes the rows of a SELECT to a new file, through the one folder that the fence allows.
import { randomBytes } from "node:crypto";
import { lstat, rm, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { OutputError, UsageError } from "../core/errors.ts";
import type { Database } from "../sql/database.ts";
import { fileToWrite } from "../sql/text.ts";
import { nameNew } from "../store/name-new.ts";
import { errorCode } from "../store/system-errors.ts";

/** DuckDB's COPY options for each ending. */
const FORMATS: Readonly<Record<string, string>> = {
  ".parquet": "FORMAT parquet, COMPRESSION zstd",
  ".csv": "FORMAT csv, HEADER true",
  ".tsv": "FORMAT csv, HEADER true, DELIMITER '\t'",
  ".json": "FORMAT json, ARRAY true",
  ".jsonl": "FORMAT json",
};

/** Statements that return rows but can only be copied as a subquery. */
const DESCRIBING = /^(describe|desc|show|summarize)\b/i;

/**
 * Writes all rows of `select`, one SELECT by DuckDB's own parser, to `path`, through `folder`. The file gets its name once it is
 * complete. Returns its size in bytes. Throws UsageError for an unknown ending or a name that is taken, OutputError if the file
 * cannot be written, and SqlError for an error of DuckDB.
 */
export async function exportRows(database: Database, select: string, path: string, folder: string): Promise<number> {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format === undefined)
    throw new UsageError(
      `${path}: ${extname(path) || "no ending"} names no format`,
      `Use a name that ends with ${Object.keys(FORMATS).join(", ")}.`,
    );
  if (await lstat(path).catch(() => undefined)) throw taken(path);
  const place = await stat(dirname(path)).catch(() => undefined);
  if (!place?.isDirectory()) throw new UsageError(`${dirname(path)} is no folder`, "Make it first, or name another file.");
  const unique = randomBytes(6).toString("hex");
  const written = join(folder, `export-${unique}`);
  try {
    const rows = DESCRIBING.test(select) ? `FROM (${select}\n)` : select;
    await database.run(`COPY (${rows}\n) TO ${fileToWrite(written)} (${format})`);
    if (!(await nameNew(written, path, unique))) throw taken(path);
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new OutputError(`${path} cannot be written: ${why}`, "Free space, or name another file.", { cause: error });
  } finally {
    await rm(written, { force: true });
  }
}

function taken(path: string): UsageError {
  return new UsageError(`${path} exists`, "Choose another name, or remove it first.");
}

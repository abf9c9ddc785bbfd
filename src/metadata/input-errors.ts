// Turns DuckDB's errors about input files into errors that name the file and column.
import { stat } from "node:fs/promises";
import { InputError, PrepError } from "../core/errors.ts";
import { plural } from "../core/units.ts";
import { Database } from "../sql/database.ts";
import { toSqlError } from "../sql/errors.ts";
import { parquetFiles, quoteName } from "../sql/text.ts";
import { isRemote } from "./find/remote.ts";
import { textFileError } from "./text/errors.ts";

/** A file that existed when the run began. */
export interface KnownFile {
  readonly path: string;
  /** Its size then, if it was noted. */
  readonly bytes?: number;
}

const CHANGED_HINT = "Do not change the input while it is read. Put the file back and start the same command again.";
const BROKEN_HINT = "Write or fetch that file again, or move it away to do without its rows.";

/** DuckDB's words for a column whose type differs from that in earlier files. */
const CAST = /failed to cast column "(?<column>[^"]*)" from type (?<own>[^\n]+?) to (?<other>[^\n]+?): /;

function castError(path: string, { column, own, other }: Readonly<Record<string, string>>, cause: Error): InputError {
  return new InputError(
    `${path}: the column ${column} is ${own}, but ${other} in other files, and its values cannot be read as ${other}`,
    `Leave it out with SELECT * EXCLUDE (${quoteName(column ?? "")}) FROM metadata, or name only files of one type.`,
    { cause },
  );
}

/** Turns `thrown` into an InputError if an input changed during the run or cannot be read; returns anything else unchanged. */
export async function asInputError(thrown: unknown, files: readonly KnownFile[]): Promise<unknown> {
  if (thrown instanceof PrepError) return thrown;
  for (const file of files) {
    const change = await changeOf(file);
    if (change) return new InputError(`${file.path} ${change} while it was read`, CHANGED_HINT, { cause: thrown });
  }
  const error = toSqlError(thrown);
  const named = files.find(({ path }) => error.message.includes(path));
  if (!named) return thrown;
  const cast = CAST.exec(error.message)?.groups;
  if (cast) return castError(named.path, cast, error);
  const line = textFileError(named.path, error.message, error);
  if (line) return line;
  if (/not valid UTF-?8|invalid (string encoding|unicode)/i.test(error.message)) {
    const columns = await brokenTexts(named.path);
    const where = columns.length > 0 ? `in the column ${columns.join(", ")}` : "in a text column";
    return new InputError(`${named.path} has text that is not UTF-8, ${where}`, BROKEN_HINT, { cause: error });
  }
  if (!/^(IO|HTTP|Invalid Input|Serialization|Unknown)$/.test(error.type) || /no space left/i.test(error.message)) return thrown;
  return new InputError(`${named.path} cannot be read: ${error.message.split("\n", 1)[0]}`, BROKEN_HINT, { cause: error });
}

/**
 * Turns `thrown` into an InputError also if DuckDB does not name the file, as for a flipped byte. Use it only where no query of
 * the user's can be the cause. Returns anything else unchanged.
 */
export async function asBrokenInput(thrown: unknown, path: string): Promise<unknown> {
  const known = await asInputError(thrown, [{ path }]);
  if (known instanceof PrepError) return known;
  const error = toSqlError(known);
  if (!/^(Conversion|Invalid|Out of Range|Serialization)/.test(error.type) || error.message.includes("no space left")) return thrown;
  return new InputError(`${path} cannot be read: ${error.message.split("\n", 1)[0]?.trim()}`, BROKEN_HINT, { cause: error });
}

async function changeOf({ path, bytes }: KnownFile): Promise<string | undefined> {
  if (isRemote(path)) return undefined;
  const now = await stat(path).catch(() => undefined);
  if (!now) return "was removed";
  return bytes === undefined || now.size === bytes ? undefined : `was changed (${plural(now.size, "byte")} instead of ${bytes})`;
}

/** The text columns of a parquet file that are not UTF-8. DuckDB names the value, not the column, so each is read by itself. */
async function brokenTexts(path: string): Promise<string[]> {
  const broken: string[] = [];
  const database = await Database.open({ threads: 1, memoryLimitBytes: 500e6 });
  try {
    const source = parquetFiles(path);
    for (const { name, type } of await database.columns(`FROM ${source}`)) {
      if (!type.includes("VARCHAR")) continue;
      // DuckDB checks values only when they are used.
      await database.rows(`SELECT max(hash(${quoteName(name)})) FROM ${source}`).catch(() => broken.push(name));
    }
  } finally {
    database.close();
  }
  return broken;
}

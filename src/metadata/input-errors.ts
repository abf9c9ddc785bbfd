// The conductor: an error that DuckDB met in an input file becomes one that names the file, and the column where there is one.
import { stat } from "node:fs/promises";
import { InputError, PrepError } from "../core/errors.ts";
import { plural } from "../core/units.ts";
import { Database } from "../sql/database.ts";
import { toSqlError } from "../sql/errors.ts";
import { parquetFiles, quoteName } from "../sql/text.ts";
import { isRemote } from "./find/remote.ts";
import { textFileError } from "./text/text-errors.ts";

/** A file that was there when the run began; `bytes` where its size was noted. */
export interface KnownFile {
  readonly path: string;
  readonly bytes?: number;
}

const CHANGED_HINT = "Leave the input as it is while it is read; put the file back and start the same command again.";
const BROKEN_HINT = "Write or fetch that file again, or move it elsewhere to do without its rows.";

/** A file whose column is of another type than in those before it, in DuckDB's words. */
const CAST = /failed to cast column "(?<column>[^"]*)" from type (?<own>[^\n]+?) to (?<other>[^\n]+?): /;

function castError(path: string, { column, own, other }: Readonly<Record<string, string>>, cause: Error): InputError {
  return new InputError(
    `${path}: the column ${column} is ${own}, and its values cannot be read as ${other}, as it is in other files`,
    `Leave it out, with SELECT * EXCLUDE (${quoteName(column ?? "")}) FROM metadata, or name the files of one type alone.`,
    { cause },
  );
}

/** The InputError behind `thrown` if an input changed under the run or cannot be read; anything else is returned unchanged. */
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
    return new InputError(`${named.path} has text that is not UTF-8 ${where}`, BROKEN_HINT, { cause: error });
  }
  if (!/^(IO|HTTP|Invalid Input|Serialization|Unknown)$/.test(error.type) || /no space left/i.test(error.message)) return thrown;
  return new InputError(`${named.path} cannot be read: ${error.message.split("\n", 1)[0]}`, BROKEN_HINT, { cause: error });
}

/**
 * The InputError behind `thrown` where DuckDB stumbled over the bytes of a list without naming the file, as it does over a
 * flipped byte: here no query of the user's could be to blame. Anything else is returned unchanged.
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

/** Text columns of a file that do not decode. DuckDB names the value and not the column, so each is read by itself. */
async function brokenTexts(path: string): Promise<string[]> {
  const broken: string[] = [];
  const database = await Database.open({ threads: 1, memoryLimitBytes: 500e6 });
  try {
    const source = parquetFiles(path);
    for (const { name, type } of await database.columns(`FROM ${source}`)) {
      if (!type.includes("VARCHAR")) continue;
      // Only a use of the values makes DuckDB look at them.
      await database.rows(`SELECT max(hash(${quoteName(name)})) FROM ${source}`).catch(() => broken.push(name));
    }
  } finally {
    database.close();
  }
  return broken;
}

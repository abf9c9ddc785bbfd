// Turns DuckDB's errors about a line of text into errors for users.
import { InputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plural } from "../../core/units.ts";
import { MAX_LINE_BYTES } from "./lines.ts";

const CSV = /^CSV Error on Line: (\d+)\n([\s\S]*)$/;
const JSON_LINE = /^(?:Malformed JSON|JSON transform error) in file "[^\n]*", (?:at byte \d+ )?in ((?:line|record\/value) \d+): ([^\n]*)/;

/** The InputError for a line that DuckDB cannot read, with its number; undefined if the message is about something else. */
export function textFileError(path: string, message: string, cause: unknown): InputError | undefined {
  const csv = CSV.exec(message);
  // DuckDB quotes the line first, which may hold line feeds. The reason is the last line before the advice, except for types.
  const told =
    csv?.[2]
      ?.split(/^Possible /m, 1)[0]
      ?.trim()
      .split("\n") ?? [];
  const json = JSON_LINE.exec(message);
  // DuckDB gives a wrong number for such a line, so none is shown.
  const longest = /Maximum line size of (\d+) bytes exceeded/.exec(message)?.[1];
  if (longest !== undefined) return tooLong(path, "line", Number(longest), cause);
  const largest = /"maximum_object_size" of (\d+) bytes exceeded/.exec(message)?.[1];
  if (largest !== undefined) return tooLong(path, "object", Number(largest), cause);
  // For JSON, DuckDB's number may be one too high.
  const [place, reason] = csv
    ? [`:${csv[1]}:`, told.findLast((text) => text.startsWith("Error when converting")) ?? told.at(-1)]
    : [`, near ${json?.[1]}:`, json?.[2]];
  return reason ? new InputError(`${path}${place} ${reason.trim()}`, hintFor(path, reason), { cause }) : undefined;
}

function tooLong(path: string, what: "line" | "object", bytes: number, cause: unknown): InputError {
  const hint =
    what === "line"
      ? `Fix or remove it, or write the file as parquet; prep download takes lines of up to ${MAX_LINE_BYTES / 2 ** 20} MiB.`
      : "Fix or remove it. If one object holds all rows, write one a line, such as jq -c '.[\"annotations\"][]' FILE > NEW.jsonl.";
  return new InputError(`${path} has ${what === "line" ? "a" : "an"} ${what} of more than ${plural(bytes, "byte")}`, hint, { cause });
}

function hintFor(path: string, reason: string): string {
  if (/unicode|utf-?8/i.test(reason)) return `Convert it to UTF-8 from its encoding: iconv -f LATIN1 -t UTF-8 ${shellWord(path)}`;
  if (/convert|cast|expected object/i.test(reason)) {
    return "The first 20,480 rows of a file decide a column's type. Fix that value, or write the file as parquet.";
  }
  return "Fix or remove that line.";
}

// Between DuckDB and the user: what its readers of text files say of a line, without the settings that they print behind it.
import { InputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plural } from "../../core/units.ts";

const CSV = /^CSV Error on Line: (\d+)\n([\s\S]*)$/;
const JSON_LINE = /^(?:Malformed JSON|JSON transform error) in file "[^\n]*", (?:at byte \d+ )?in ((?:line|record\/value) \d+): ([^\n]*)/;

/** The InputError for a line that DuckDB cannot read, with the line; undefined where its message is about something else. */
export function textFileError(path: string, message: string, cause: unknown): InputError | undefined {
  const csv = CSV.exec(message);
  // The line itself comes first and may hold line feeds; the reason is the last that is said before the advice, but of types.
  const told =
    csv?.[2]
      ?.split(/^Possible /m, 1)[0]
      ?.trim()
      .split("\n") ?? [];
  const json = JSON_LINE.exec(message);
  // Of such a line DuckDB does not know the number, and says another.
  const longest = /Maximum line size of (\d+) bytes exceeded/.exec(message)?.[1];
  if (longest !== undefined) return tooLong(path, "line", Number(longest), cause);
  const largest = /"maximum_object_size" of (\d+) bytes exceeded/.exec(message)?.[1];
  if (largest !== undefined) return tooLong(path, "object", Number(largest), cause);
  // DuckDB counts the line behind a malformed one, too.
  const [place, reason] = csv
    ? [`:${csv[1]}:`, told.findLast((text) => text.startsWith("Error when converting")) ?? told.at(-1)]
    : [`, near ${json?.[1]}:`, json?.[2]];
  return reason ? new InputError(`${path}${place} ${reason.trim()}`, hintFor(path, reason), { cause }) : undefined;
}

function tooLong(path: string, what: "line" | "object", bytes: number, cause: unknown): InputError {
  const hint =
    what === "line"
      ? "Mend or remove it, or write the file as parquet; prep download takes lines of up to 16 MiB."
      : "Mend or remove it. Where one object holds all rows, write one a line, such as jq -c '.[\"annotations\"][]' FILE > NEW.jsonl.";
  return new InputError(`${path} has ${what === "line" ? "a" : "an"} ${what} of more than ${plural(bytes, "byte")}`, hint, { cause });
}

function hintFor(path: string, reason: string): string {
  if (/unicode|utf-?8/i.test(reason))
    return `Turn it into UTF-8, from the encoding that it has: iconv -f LATIN1 -t UTF-8 ${shellWord(path)}`;
  if (/convert|cast|expected object/i.test(reason)) {
    return "What type a column has, the first 20,480 rows of a file tell: mend that value, or write the file as parquet.";
  }
  return "Mend or remove that line.";
}

// Refuses a list without rows, because an empty output would look like a finished job.
import { InputError } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";
import { formatCount, plural } from "../core/units.ts";
import { NOT_UTF8 } from "../metadata/text/lines.ts";
import type { SkippedInput } from "../output/plans/download-plan.ts";

/** Number of lines of a file that a message names. */
const SHOWN_LINES = 5;

/** Throws InputError, which lists skipped lines, if the files together have no row. Empty files beside others are allowed. */
export function insistOnRows(tables: readonly { readonly rows: number }[], skipped: readonly SkippedInput[]): void {
  if (tables.some(({ rows }) => rows > 0)) return;
  throw new InputError(["the input has no rows", ...skipped.map(skippedNotice)].join("\n"), hintFor(skipped));
}

function hintFor(skipped: readonly SkippedInput[]): string {
  const [first] = skipped;
  if (!first) return "Name other files.";
  const isOtherText = skipped.every((input) => input.first.length > 0 && input.first.every(({ reason }) => reason === NOT_UTF8));
  return isOtherText
    ? `Convert it to UTF-8 from its encoding: iconv -f LATIN1 -t UTF-8 ${shellWord(first.file)}`
    : "Mend those lines, or name the format with --input-format.";
}

/** The notice of lines that are no rows. */
export function skippedNotice({ file, count, first }: SkippedInput): string {
  const shown = first.slice(0, SHOWN_LINES).map(({ line, reason }) => `line ${line} (${reason})`);
  const rest = count - shown.length;
  const lines = [...shown, ...(rest > 0 ? [`${shown.length > 0 ? "and " : ""}${formatCount(rest)} more`] : [])].join(", ");
  return `${file}: ${plural(count, "entry is no row and was", "entries are no rows and were")} skipped: ${lines}`;
}

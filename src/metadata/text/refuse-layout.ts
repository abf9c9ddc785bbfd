// Refuses text files whose beginning shows a layout that would lose rows.
import { InputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import { formatFacts, type TextFormat } from "../formats.ts";

const TEXT = /"(?:[^"\\]|\\.)*"/g;

/** The start of an object of columns: the first column is an object with numbered rows, or a list. */
const COLUMN_START = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*(?:\{\s*"\d+"\s*:|\[\s*[^\s{])/;

/**
 * Throws InputError for a layout whose rows cannot be read: a lone JSON object of columns (as pandas writes it) or of lists,
 * an array in a file called jsonl, and lines that end with CR alone in a format that goes by lines. `head` is the
 * beginning of the unpacked file.
 */
export function refuseUnreadableLayout(path: string, format: TextFormat, head: string): void {
  const { layout, isObjectPerLine } = formatFacts(format);
  const isJson = layout === "objects";
  if (isObjectPerLine && /^\s*\[\s*\{/.test(head))
    throw new InputError(`${path} is a JSON array, not one object a line`, "Name its format: --input-format json.");
  const rowsName = isJson ? listOfRows(head) : undefined;
  if (rowsName !== undefined) {
    throw new InputError(
      `${path} is one JSON object with rows in its list "${rowsName}"`,
      `Write one object a line: jq -c '.[${JSON.stringify(rowsName)}][]' ${shellWord(path)} > NEW.jsonl`,
    );
  }
  if (isJson && isOfColumns(head)) {
    throw new InputError(
      `${path} is one JSON object of columns, not one object a row`,
      "pandas writes rows with df.to_json(path, orient='records', lines=True).",
    );
  }
  // Between JSON values a CR is white space.
  const needsLines = !isJson || (/^\s*\{/.test(head) && !objectOf(head));
  if (needsLines && !head.includes("\n") && head.trim().includes("\r"))
    throw new InputError(
      `${path} has lines that end with CR alone`,
      `Convert them to line feeds: tr '\\r' '\\n' < ${shellWord(path)} > NEW`,
    );
}

/** Whether the only object holds an object or a list under every key, so that it is no row. `head` may be a part of it. */
function isOfColumns(head: string): boolean {
  const whole = objectOf(head);
  return whole ? holdsNoText(whole) : COLUMN_START.test(head) && isUnclosed(head);
}

/** The key of the first list of objects, if the only object holds nothing but objects and lists and so is no row itself. */
function listOfRows(head: string): string | undefined {
  const whole = objectOf(head);
  if (!whole || !holdsNoText(whole)) return undefined;
  return Object.entries(whole).find(([, value]) => Array.isArray(value) && value.length > 0 && value.every(isRow))?.[0];
}

function holdsNoText(whole: object): boolean {
  const values: unknown[] = Object.values(whole);
  return values.length > 0 && values.every((value) => typeof value === "object" && value !== null);
}

function isRow(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the object that the head begins with is not closed in it. */
function isUnclosed(head: string): boolean {
  let depth = 0;
  for (const [brace] of head.replace(TEXT, "").matchAll(/[{}]/g)) {
    depth += brace === "{" ? 1 : -1;
    if (depth === 0) return false;
  }
  return true;
}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// Before a text file is read: what its head shows to be laid out so that its rows would be lost or made up is refused.
import { InputError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { TextFormat } from "../formats.ts";

const TEXT = /"(?:[^"\\]|\\.)*"/g;

/** A first column whose first row is numbered, or that is a list. */
const COLUMN_START = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*(?:\{\s*"\d+"\s*:|\[\s*[^\s{])/;

/**
 * Throws InputError for a file whose lines end with CR alone though its format goes by lines, for JSON that is one object
 * of columns, as pandas writes it, or of lists, and for an array that is called jsonl. `head` is the beginning of the file,
 * unpacked.
 */
export function refuseForeignLayout(path: string, format: TextFormat, head: string): void {
  const isJson = format === "json" || format === "jsonl";
  if (format === "jsonl" && /^\s*\[\s*\{/.test(head))
    throw new InputError(`${path} is an array of JSON, not an object a line`, "Name its format: --input-format json.");
  const rowsName = isJson ? listOfRows(head) : undefined;
  if (rowsName !== undefined) {
    throw new InputError(
      `${path} is one JSON object, with rows in its list "${rowsName}"`,
      `Write an object a line: jq -c '.[${JSON.stringify(rowsName)}][]' ${shellWord(path)} > NEW.jsonl`,
    );
  }
  if (isJson && isOfColumns(head)) {
    throw new InputError(
      `${path} is one JSON object of columns, not an object for each row`,
      "pandas writes rows with df.to_json(path, orient='records', lines=True).",
    );
  }
  // Between the values of JSON a CR is a blank as any other.
  const needsLines = !isJson || (/^\s*\{/.test(head) && !objectOf(head));
  if (needsLines && !head.includes("\n") && head.trim().includes("\r"))
    throw new InputError(`${path} has lines that end with CR alone`, `Write line feeds: tr '\\r' '\\n' < ${shellWord(path)} > NEW`);
}

/**
 * Whether no row can be read of it since every key of the only object holds an object or a list: the head is all of it, or
 * a part.
 */
function isOfColumns(head: string): boolean {
  const whole = objectOf(head);
  return whole ? holdsNoText(whole) : COLUMN_START.test(head) && isUnclosed(head);
}

/** The first list of objects in an only object that holds nothing but objects and lists, and so is no row itself. */
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

/** Whether the object that a text begins with goes on behind its end. */
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

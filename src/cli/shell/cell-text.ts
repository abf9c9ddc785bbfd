// How a value stands in a cell of the terminal: nothing in it commands the terminal, and it takes the columns that it seems to take.
import stringWidth from "string-width";

/** What NULL looks like. */
export const NULL_TEXT = "NULL";

/** Marks where a text was cut. */
const ELLIPSIS = "…";

/** Longest text that is looked at: captions of 61,192 characters exist, and no terminal shows them. */
const MAX_CHARACTERS = 2000;

const segments = new Intl.Segmenter();

/** A text with control characters, line breaks and marks that turn the writing direction made visible. */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/gu, (character) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    return short ?? `\\u${character.codePointAt(0)?.toString(16).padStart(4, "0")}`;
  });
}

/** The text of a cell on one line. */
export function cellText(value: string | null): string {
  return value === null ? NULL_TEXT : visibleText(value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}${ELLIPSIS}` : value);
}

/** Columns of the terminal that a text takes. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** The text in exactly so many columns: cut between characters as people see them, or filled up on the right (or the left). */
export function fitted(text: string, columns: number, isRight = false): string {
  const width = widthOf(text);
  if (width <= columns) return isRight ? " ".repeat(columns - width) + text : text + " ".repeat(columns - width);
  let kept = "";
  let taken = 0;
  for (const { segment } of segments.segment(text)) {
    const wide = widthOf(segment);
    if (taken + wide > columns - 1) break;
    kept += segment;
    taken += wide;
  }
  return `${kept}${ELLIPSIS}${" ".repeat(columns - 1 - taken)}`;
}

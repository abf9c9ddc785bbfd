// Makes values safe for a cell of the terminal, and measures and cuts text by terminal columns.
import stringWidth from "string-width";

/** How NULL is shown. */
export const NULL_TEXT = "NULL";

/** Marks the place where a text was cut. */
const ELLIPSIS = "…";

/** Longest text that is shown: captions of 61,192 characters exist, and no terminal shows them. */
const MAX_CHARACTERS = 2000;

const segments = new Intl.Segmenter();

/** The text with control characters, line breaks and direction marks made visible. */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/gu, (character) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    return short ?? `\\u${character.codePointAt(0)?.toString(16).padStart(4, "0")}`;
  });
}

/** A value as the text of a cell, on one line. */
export function cellText(value: string | null): string {
  return value === null ? NULL_TEXT : visibleText(value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}${ELLIPSIS}` : value);
}

/** Width of a text in columns of the terminal. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** The text in exactly this many columns: cut between visible characters, or padded on the right; on the left if `isRight`. */
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

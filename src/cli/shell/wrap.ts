// Breaks text into lines that fit the terminal.
import { widthOf } from "./cell-text.ts";

/** If less room than this is left beside the first column of a line, its next lines start further left. */
const MIN_ROOM = 20;

/**
 * The lines of a text, broken at blanks so that each is at most `columns` wide. A broken line continues indented by `hang`; if it
 * has columns, with two blanks between them, it continues under the last one. A longer word stays whole, so that paths can be
 * copied: the terminal breaks it.
 */
export function wrapped(text: string, columns: number, hang = 2): string[] {
  return text.split("\n").flatMap((line) => (widthOf(line) <= columns ? [line] : wrappedLine(line, columns, hang)));
}

function wrappedLine(line: string, columns: number, hang: number): string[] {
  const begin = /^ */.exec(line)?.[0].length ?? 0;
  const head = /^.*\S {2,}(?=\S)/.exec(line)?.[0];
  const under = head === undefined ? begin + hang : widthOf(head);
  const indent = " ".repeat(columns - under >= MIN_ROOM ? under : Math.min(begin + hang, Math.floor(columns / 4)));
  const lines: string[] = [];
  let current = "";
  for (const [piece] of line.matchAll(/ *[^ ]+/g)) {
    const next = indent + piece.trimStart();
    // A word that fits no line stays here: a new line would not help.
    const helps = widthOf(next) <= columns || widthOf(current) >= columns;
    if (current !== "" && widthOf(current) + widthOf(piece) > columns && helps) {
      lines.push(current);
      current = next;
    } else current += piece;
  }
  return [...lines, current];
}

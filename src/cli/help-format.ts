// Formats help to fit the terminal: a meaning stands beside its term, or below a long term.
import type { HelpConfiguration } from "commander";
import { widthOf } from "./shell/cell-text.ts";
import { wrapped } from "./shell/wrap.ts";

/** The part of the width that terms may use; descriptions need the rest. */
const TERM_SHARE = 0.35;

const USUAL_COLUMNS = 80;

/** For commander; a pipe gets 80 columns. */
export const HELP_FORMAT: HelpConfiguration = {
  formatItem(term, termWidth, description, helper) {
    const columns = helper.helpWidth || USUAL_COLUMNS;
    const head = `  ${term}`;
    const under = Math.min(termWidth + 2, Math.floor(columns * TERM_SHARE)) + 2;
    const [first = "", ...rest] = wrapped(description, columns - under, 0);
    if (first === "") return head;
    const indent = " ".repeat(under);
    const isShort = widthOf(head) + 2 <= under;
    return [
      isShort ? head + " ".repeat(under - widthOf(head)) + first : `${head}\n${indent}${first}`,
      ...rest.map((line) => indent + line),
    ].join("\n");
  },
  styleUsage(usage) {
    return wrapped(`Usage: ${usage}`, this.helpWidth || USUAL_COLUMNS)
      .join("\n")
      .slice("Usage: ".length);
  },
  boxWrap: (text, width) => wrapped(text, width || USUAL_COLUMNS, 0).join("\n"),
};

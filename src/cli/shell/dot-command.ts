// Splits a line that begins with a dot into a command and its words.

/** A typed command. */
export interface DotCommand {
  /** Without the dot, in lower case. */
  readonly name: string;
  readonly words: readonly string[];
}

/** The command of a line; undefined if the line is none. Quotes keep words with blanks together. */
export function dotCommand(line: string): DotCommand | undefined {
  const [, name, rest = ""] = /^\s*\.([a-z]\w*)(?:\s+([\s\S]*))?$/i.exec(line) ?? [];
  if (name === undefined) return undefined;
  const words = [...rest.replace(/;?\s*$/, "").matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
  return { name: name.toLowerCase(), words };
}

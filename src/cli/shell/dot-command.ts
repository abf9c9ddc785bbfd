// What the user types: a line that begins with a dot, taken apart as a shell would.

/** A command of the shell's own. */
export interface DotCommand {
  /** Without the dot, in lower case. */
  readonly name: string;
  readonly words: readonly string[];
}

/** The command of a line, undefined where it is none. Quotes keep blanks together. */
export function dotCommand(line: string): DotCommand | undefined {
  const [, name, rest = ""] = /^\s*\.([a-z]\w*)(?:\s+([\s\S]*))?$/i.exec(line) ?? [];
  if (name === undefined) return undefined;
  const words = [...rest.replace(/;?\s*$/, "").matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
  return { name: name.toLowerCase(), words };
}

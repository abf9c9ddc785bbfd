// The process edge: img2dataset's spellings become ours before the command line is parsed, so that a copied command runs.
import { OPTIONS } from "./options/table.ts";

const FLAGS: ReadonlySet<string> = new Set(OPTIONS.filter(({ kind }) => kind === "flag").map(({ name }) => name));

/**
 * `--image_size` becomes `--image-size`; a flag's value (`True`, `false`, `=True`) becomes the flag or its `--no-` form;
 * `'["a","b"]'` and `[a,b]` become several values. Everything behind `--` stays as it is.
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  const result: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") return [...result, word, ...rest];
    if (!/^--[a-z]/i.test(word)) {
      result.push(...listValues(word));
      continue;
    }
    const equals = word.indexOf("=");
    const name = (equals < 0 ? word : word.slice(0, equals)).slice(2).replaceAll("_", "-");
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    if (FLAGS.has(name)) {
      const value = attached ?? (/^(true|false)$/i.test(rest[0] ?? "") ? rest.shift() : undefined);
      result.push(/^(false|no|0)$/i.test(value ?? "") ? `--no-${name}` : `--${name}`);
    } else if (attached === undefined) {
      result.push(`--${name}`);
    } else {
      const values = listValues(attached);
      result.push(...(values.length === 1 ? [`--${name}=${values[0]}`] : [`--${name}`, ...values]));
    }
  }
  return result;
}

/** The items of a bracketed list, or the word itself. An empty list is the word `[]`. */
export function listValues(word: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(word)?.[1];
  if (inner === undefined || inner.trim() === "") return [word];
  return inner.split(",").map((item) => item.trim().replace(/^(["'])(.*)\1$/s, "$2"));
}

// Rewrites img2dataset's spellings in a command line, so that a copied command runs.
import { UsageError } from "../core/errors.ts";
import type { OptionSpec } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import { PEER_OPTIONS } from "./options/img2dataset.ts";

const SPECS: ReadonlyMap<string, OptionSpec> = new Map(OPTIONS.map((spec) => [spec.name, spec]));
/** Our name for each option of img2dataset, by its name with dashes. */
const PEER_NAMES: ReadonlyMap<string, string> = new Map(PEER_OPTIONS.map(({ name, option }) => [name.replaceAll("_", "-"), option]));
const OUR_PEER_NAMES: ReadonlySet<string> = new Set(PEER_NAMES.values());

/** SQL that begins with a comment, as in `prep "$(cat mine.sql)"`. A space before it keeps it from being an option. */
const SQL_COMMENT = /^--(\s|[^=\n]*\n)/;

/**
 * Returns the arguments in our spelling. `--image_size` becomes `--image-size`, and img2dataset's other names become ours. A
 * flag's value (`True`, `=false`) becomes the flag or its `--no-` form, as does `--noflag`. `'["a","b"]'`, `[a,b]` and `a,b`
 * become several values; `None` drops the option; `--url_list` becomes an argument. Words after `--` stay unchanged. Throws
 * UsageError for a flag with another value.
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  const result: string[] = [];
  const inputs: string[] = [];
  const rest = [...argv];
  const isDownload = argv[0] === "download";
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      result.push(word, ...rest);
      break;
    }
    if (SQL_COMMENT.test(word)) {
      result.push(` ${word}`);
      continue;
    }
    if (!/^--[a-z]/i.test(word)) {
      result.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const given = (equals < 0 ? word : word.slice(0, equals)).slice(2).replaceAll("_", "-");
    const name = PEER_NAMES.get(given) ?? given;
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    if (given === "url-list" && isDownload) {
      inputs.push(...listValues(attached ?? rest.shift() ?? ""));
      continue;
    }
    const negated = /^no-?(.+)$/.exec(given)?.[1] ?? "";
    const negatedSpec = SPECS.get(PEER_NAMES.get(negated) ?? negated);
    const spec = SPECS.get(name);
    if (!spec && negatedSpec?.kind === "flag" && attached === undefined) result.push(`--no-${negatedSpec.name}`);
    else if (spec?.kind === "flag") {
      const value = attached ?? (/^(true|false|none|[01])$/i.test(rest[0] ?? "") ? rest.shift() : undefined);
      result.push(`--${isOn(value, name) ? "" : "no-"}${name}`);
    } else if (!spec || (attached === undefined && (rest[0] === undefined || rest[0].startsWith("--")))) {
      result.push(attached === undefined ? `--${name}` : `--${name}=${attached}`);
    } else {
      const isAttached = attached !== undefined;
      result.push(...withValue(spec, attached ?? rest.shift() ?? "", isAttached));
    }
  }
  // Inputs come before all options: an option of several values would take them.
  return inputs.length === 0 ? result : ["download", ...inputs, ...result.slice(1)];
}

function isOn(value: string | undefined, name: string): boolean {
  if (value === undefined || /^(true|yes|on|1)$/i.test(value)) return true;
  if (/^(false|no|off|none|0)$/i.test(value)) return false;
  throw new UsageError(`--${name}=${value} is neither true nor false`, "Write True or False.");
}

/** The words of an option with its value. A list repeats the option with `=`, so that it takes no later words. */
function withValue({ name, kind, choices }: OptionSpec, text: string, isAttached: boolean): string[] {
  const isFromPeer = OUR_PEER_NAMES.has(name);
  const value = isFromPeer ? unquoted(text) : text;
  if (isFromPeer && value === "None" && !choices?.includes("None")) return name === "save-additional-columns" ? [`--${name}=[]`] : [];
  if (isFromPeer && kind === "number" && /^inf(inity)?$/i.test(value)) return [];
  if (kind === "texts") {
    const items = isFromPeer && !/^[[(]/.test(value) ? splitList(value) : listValues(value);
    if (items.length > 1 || items[0] !== text) return items.map((item) => `--${name}=${item}`);
  }
  return isAttached ? [`--${name}=${value}`] : [`--${name}`, value];
}

/** The items of a bracketed list, quoted or bare; else the word itself. An empty list gives the word `[]`. */
export function listValues(word: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(word)?.[1] ?? /^\((.*)\)$/s.exec(word)?.[1];
  return inner === undefined || inner.trim() === "" ? [word] : splitList(inner);
}

/** Splits a list at commas outside quotes. */
function splitList(text: string): string[] {
  const items = text.match(/\s*("[^"]*"|'[^']*'|[^,])*/g) ?? [];
  return items
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map(unquoted);
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, "$2");
}

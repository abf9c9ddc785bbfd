// Words for the differences between two identities, in terms of the command line.
import { formatCount } from "../core/units.ts";
import { identityOption } from "./options/identity-options.ts";

/** Characters of a value that are shown. */
const MAX_TEXT = 100;
/** Number of files that are named. */
const MAX_FILES = 3;

/** One or more sentences for a part of an identity that differs: its value in the output, and its value now. */
export function differenceWords(name: string, existing: unknown, wanted: unknown): string[] {
  if (name === "inputs" && isTexts(existing) && isTexts(wanted)) return fileWords(existing, wanted);
  if (name === "variables") {
    const [before, now] = [asRecord(existing), asRecord(wanted)];
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    const different = names.filter((variable) => JSON.stringify(before[variable]) !== JSON.stringify(now[variable]));
    return different.map((variable) => sentence(variable, before[variable], now[variable], "set"));
  }
  return [sentence(nameOf(name), existing, wanted, "ask for")];
}

/** The option that sets a part of an identity, or the name of the part if no option does. */
function nameOf(part: string): string {
  const option = identityOption(part);
  return option ? `--${option.name}` : part.replaceAll("_", " ");
}

function sentence(name: string, existing: unknown, wanted: unknown, verb: string): string {
  const [before, now] = [textOf(existing), textOf(wanted)];
  const made = before === undefined ? "without it" : before === "" ? "with it" : `with ${before}`;
  const asked = now === undefined ? "leave it out" : now === "" ? `${verb} it` : `${verb} ${now}`;
  return `${name}: this output was made ${made}; you ${asked}.`;
}

/** A value as a user writes it; empty for a flag that is on, undefined for a missing value. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  if (value === true) return "";
  if (value === Number.MAX_SAFE_INTEGER) return "no limit";
  const members = typeof value === "object" ? ("text" in value ? [value.text] : Object.values(value)) : [value];
  const text = members.map(String).join(", ") || "none";
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

function fileWords(existing: readonly string[], wanted: readonly string[]): string[] {
  const [before, now] = [new Set(existing), new Set(wanted)];
  const gone = existing.filter((entry) => !now.has(entry)).map(fileName);
  const added = wanted.filter((entry) => !before.has(entry)).map(fileName);
  const words = [
    ...gone.map((file) => (added.includes(file) ? `${file} has changed since` : `${file} is no longer among them`)),
    ...added.filter((file) => !gone.includes(file)).map((file) => `${file} is new`),
  ];
  if (words.length === 0) words.push("they are in another order");
  const rest = words.length - MAX_FILES;
  return [`inputs: ${words.slice(0, MAX_FILES).join(", ")}${rest > 0 ? `, and ${formatCount(rest)} more` : ""}.`];
}

/** The file name of an entry, without size, rows or format, and fingerprint. */
function fileName(entry: string): string {
  return /^(.*?) \d+(?: \w+)? \w+$/.exec(entry)?.[1] ?? entry;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

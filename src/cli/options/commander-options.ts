// The process edge: the option table as commander's options, and every value checked before any work.
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../core/errors.ts";
import { formatBytes, parseBytes } from "../../core/units.ts";
import { listValues } from "../normalize-arguments.ts";
import { defaultOf, OPTION_GROUPS, type OptionSpec, type OptionVerb, takesOption } from "./spec.ts";
import { OPTIONS } from "./table.ts";

/** Decimal, with 10_000 as Python writes it; 0x10 is more likely a mistake than sixteen. */
const NUMBER = /^[-+]?(\d+(_\d+)*\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** A largest value from which nobody would learn anything. */
const UNLIMITED = 1e12;

/** Values by camel-case name, as commander gives them. */
export type OptionValues = Readonly<Record<string, unknown>>;

/** Adds all options of a verb to its command, in the order of their groups. */
export function addOptions(command: Command, verb: OptionVerb): void {
  for (const group of [...OPTION_GROUPS, "Unused"]) {
    for (const spec of OPTIONS.filter((option) => option.group === group && takesOption(option, verb))) {
      command.addOption(toOption(spec, verb).hideHelp(spec.notice !== undefined));
      // `--no-x` exists so that a flag's default can be taken back.
      if (spec.kind === "flag") command.addOption(new Option(`--no-${spec.name}`).hideHelp());
    }
  }
}

function toOption(spec: OptionSpec, verb: OptionVerb): Option {
  const fallback = defaultOf(spec, verb);
  const option = new Option(optionFlags(spec), spec.help).helpGroup(`${spec.group}:`);
  // Flags and lists have values of their own kind there, which `applyEnvironment` reads.
  if (spec.kind !== "flag" && spec.kind !== "texts") option.env(environmentName(spec));
  if (spec.choices) {
    const insist = option.choices([...spec.choices]).parseArg;
    option.argParser((text, previous) => insist?.(chosen(text, spec), previous));
  }
  if (spec.kind === "count" || spec.kind === "number") option.argParser((text) => parseNumber(text, spec));
  if (spec.kind === "bytes") option.argParser((text) => parseSize(text, spec));
  if (spec.kind === "bytes" && typeof fallback === "string") option.default(parseBytes(fallback), fallback);
  else if (fallback !== undefined) option.default(fallback, Array.isArray(fallback) ? fallback.join(" ") : undefined);
  return option;
}

/**
 * Sets the flags and lists of a command that the environment names and the command line does not: `PREP_JSON=false` is
 * false, and a list is one value or `["a", "b"]`. Throws UsageError for a flag that is neither true nor false.
 */
export function applyEnvironment(command: Command, verb: OptionVerb, environment: Readonly<Record<string, string | undefined>>): void {
  for (const spec of OPTIONS.filter((option) => takesOption(option, verb) && (option.kind === "flag" || option.kind === "texts"))) {
    const text = environment[environmentName(spec)];
    const name = spec.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (text === undefined || text === "" || command.getOptionValueSource(name) === "cli") continue;
    command.setOptionValueWithSource(name, spec.kind === "texts" ? listValues(text) : parseFlag(text, spec), "env");
  }
}

/** A choice in any letters, or by its alias. */
function chosen(text: string, { choices = [], aliases = {} }: OptionSpec): string {
  const word = aliases[text.toLowerCase()] ?? text;
  return choices.find((choice) => choice.toLowerCase() === word.toLowerCase()) ?? text;
}

function parseFlag(text: string, spec: OptionSpec): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  if (/^(false|no|off|0)$/i.test(text)) return false;
  throw new UsageError(`${environmentName(spec)}=${text} is neither true nor false`, "Write true or false.");
}

/** The environment variable that stands for an option: `PREP_IMAGE_SIZE`. */
export function environmentName({ name }: OptionSpec): string {
  return `PREP_${name.replaceAll("-", "_").toUpperCase()}`;
}

/** `--image-size <n>` and the like. */
export function optionFlags({ name, kind, value }: OptionSpec): string {
  const short = { output: "-o, ", quiet: "-q, " }[name] ?? "";
  if (kind === "flag") return `${short}--${name}`;
  const stand = value ?? { text: "text", texts: "text...", count: "n", number: "number", bytes: "size", choice: "word" }[kind];
  return `${short}--${name} <${stand}>`;
}

function parseSize(text: string, { range }: OptionSpec): number {
  let bytes: number;
  try {
    bytes = parseBytes(text);
  } catch (error) {
    // Commander names the option.
    throw new InvalidArgumentError(error instanceof UsageError ? (error.hint ?? "") : String(error));
  }
  if (range && bytes < range[0]) throw new InvalidArgumentError(`It takes at least ${formatBytes(range[0])}.`);
  return bytes;
}

function parseNumber(text: string, { kind, range }: OptionSpec): number {
  const value = NUMBER.test(text.trim()) ? Number(text.replaceAll("_", "")) : Number.NaN;
  if (Number.isNaN(value) || (kind === "count" && !Number.isInteger(value))) {
    throw new InvalidArgumentError(kind === "count" ? "It takes a whole number." : "It takes a number.");
  }
  if (range && (value < range[0] || value > range[1]))
    throw new InvalidArgumentError(`It takes ${range[1] >= UNLIMITED ? `${range[0]} or more` : `${range[0]} to ${range[1]}`}.`);
  return value;
}

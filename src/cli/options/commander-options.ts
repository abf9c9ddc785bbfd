// Gives commander the options of the tables, and checks every value before any work.
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../core/errors.ts";
import { formatBytes, parseBytes } from "../../core/units.ts";
import { defaultOf, OPTION_GROUPS, type OptionSpec, takesOption, valueName } from "../../job/options/spec.ts";
import { OPTIONS } from "../../job/options/table.ts";
import { listValues } from "../normalize-arguments.ts";

/** Decimal, with 10_000 as Python writes it; 0x10 is more likely a mistake than sixteen. */
const NUMBER = /^[-+]?(\d+(_\d+)*\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** From here on a largest value is not worth naming. */
const UNLIMITED = 1e12;

/** Values by camel-case name, as commander gives them. */
export type OptionValues = Readonly<Record<string, unknown>>;

/** Adds all options of a verb to its command, in the order of their groups. */
export function addOptions(command: Command, verb: string): void {
  for (const group of [...OPTION_GROUPS, "Unused"]) {
    for (const spec of OPTIONS.filter((option) => option.group === group && takesOption(option, verb))) {
      command.addOption(toOption(spec, verb).hideHelp(spec.notice !== undefined));
      // `--no-x` turns off a flag that is on by default or in the environment.
      if (spec.kind === "flag") command.addOption(new Option(`--no-${spec.name}`).hideHelp());
    }
  }
}

function toOption(spec: OptionSpec, verb: string): Option {
  const fallback = defaultOf(spec, verb);
  const option = new Option(optionFlags(spec), spec.help).helpGroup(`${spec.group}:`);
  // `applyEnvironment` reads flags and lists: commander does not know their values.
  if (spec.kind !== "flag" && spec.kind !== "texts" && !spec.isForOneCommand) option.env(environmentName(spec));
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
 * Sets the flags and lists of a command that the environment names and the command line does not. `PREP_JSON=false` is
 * false, and a list is one value or `["a", "b"]`. Throws UsageError for a flag that is neither true nor false.
 */
export function applyEnvironment(command: Command, verb: string, environment: Readonly<Record<string, string | undefined>>): void {
  for (const spec of OPTIONS.filter((option) => takesOption(option, verb) && (option.kind === "flag" || option.kind === "texts"))) {
    if (spec.isForOneCommand) continue;
    const text = environment[environmentName(spec)];
    const name = valueName(spec);
    if (text === undefined || text === "" || command.getOptionValueSource(name) === "cli") continue;
    command.setOptionValueWithSource(name, spec.kind === "texts" ? listValues(text) : parseFlag(text, spec), "env");
  }
}

/** The choice that a word names, in any letters or by an alias; else the word. */
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
export function optionFlags({ name, short, kind, value }: OptionSpec): string {
  const flags = `${short === undefined ? "" : `-${short}, `}--${name}`;
  if (kind === "flag") return flags;
  const stand = value ?? { text: "text", texts: "text...", count: "n", number: "number", bytes: "size", choice: "word" }[kind];
  return `${flags} <${stand}>`;
}

function parseSize(text: string, { range }: OptionSpec): number {
  let bytes: number;
  try {
    bytes = parseBytes(text);
  } catch (error) {
    // Commander adds the name of the option.
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

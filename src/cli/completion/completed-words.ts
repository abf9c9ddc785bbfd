// What a shell can complete: verbs, options and their values, from the tables.
import { OPTION_GROUPS, type OptionSpec, takesOption } from "../../job/options/spec.ts";
import { OPTIONS } from "../../job/options/table.ts";
import { type VerbArgument, type VerbSpec, visibleVerbs } from "../verb.ts";

/** What stands behind an option: nothing, a path, one of these words, or a text that no shell can know. */
export type CompletedValue = "none" | "file" | "folder" | "text" | readonly string[];

/** One option as it is typed. */
export interface CompletedOption {
  /** With its dashes. */
  readonly flag: string;
  /** One letter with its dash. */
  readonly short?: string;
  readonly help: string;
  readonly value: CompletedValue;
  /** Whether several values may follow. */
  readonly isList: boolean;
}

/** One verb. */
export interface CompletedVerb {
  readonly name: string;
  readonly help: string;
  readonly isDefault: boolean;
  readonly argument: VerbArgument["completes"];
  readonly options: readonly CompletedOption[];
}

/** Everything that the scripts need. */
export interface CompletedWords {
  readonly verbs: readonly CompletedVerb[];
  /** Names of the shipped queries; the scripts find those in ./queries themselves. */
  readonly queries: readonly string[];
}

const HELP: CompletedOption = { flag: "--help", short: "-h", help: "show the help", value: "none", isList: false };

/** The words of the verbs that people start. */
export function completedWords(verbs: readonly VerbSpec[], queries: readonly string[]): CompletedWords {
  const completed = visibleVerbs(verbs).map(({ name, help, isDefault, argument }) => ({
    name,
    help,
    isDefault: isDefault === true,
    argument: argument?.completes ?? "nothing",
    options: [...OPTION_GROUPS.flatMap((group) => optionsOf(name, group)), HELP],
  }));
  return { verbs: completed, queries };
}

/** Every option of any verb, once: its value does not depend on the verb. */
export function allOptions({ verbs }: CompletedWords): CompletedOption[] {
  return [...new Map(verbs.flatMap(({ options }) => options.map((option) => [option.flag, option] as const))).values()];
}

function optionsOf(verb: string, group: string): CompletedOption[] {
  return OPTIONS.filter((option) => option.group === group && takesOption(option, verb)).flatMap(completedOption);
}

/** The option, and the form that turns it off. */
function completedOption(option: OptionSpec): CompletedOption[] {
  const { name, short, kind, help } = option;
  const own = { flag: `--${name}`, ...(short === undefined ? {} : { short: `-${short}` }), help, value: completedValue(option) };
  const completed = { ...own, isList: kind === "texts" };
  return isOnByDefault(option) ? [completed, { ...completed, flag: `--no-${name}`, help: `not: ${help}` }] : [completed];
}

function isOnByDefault({ kind, default: value }: OptionSpec): boolean {
  return kind === "flag" && (value === true || (typeof value === "object" && Object.values(value).includes(true)));
}

function completedValue({ kind, choices, isPath }: OptionSpec): CompletedValue {
  if (kind === "flag") return "none";
  if (choices) return choices;
  return isPath === "folder" ? "folder" : isPath === undefined ? "text" : "file";
}

// What an option is: one row of the tables beside this file.
import type { DownloadSettings } from "../config.ts";

/** What an option's value is. */
export type OptionKind = "text" | "texts" | "count" | "number" | "bytes" | "flag" | "choice";

/** One option. Parser, help, completion, notices, recorded limits and `docs/options.md` follow from these rows. */
export interface OptionSpec {
  /** Kebab-case, without dashes; the same word with underscores is accepted too. */
  readonly name: string;
  /** One letter, as in `-o`. */
  readonly short?: string;
  readonly kind: OptionKind;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Further words for choices; the letters' case does not matter. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** For all verbs, or by verb; undefined means none. */
  readonly default?: DefaultValue | Readonly<Record<string, DefaultValue>>;
  /** Names of the verbs that take the option. */
  readonly verbs: readonly string[] | typeof EVERY_VERB;
  readonly group: OptionGroup;
  /** One phrase, without a capital and a full stop. */
  readonly help: string;
  /** Smallest and largest value, for counts, numbers and bytes. */
  readonly range?: readonly [number, number];
  /** Whether the values are local paths; a value of `name=path` has its path behind the sign. */
  readonly isPath?: "file" | "folder" | "name=path";
  /** Whether a value may hold a login, which no record and no message repeats. */
  readonly isSecret?: boolean;
  /** Whether no environment variable sets it: it would change what every later command does. */
  readonly isForOneCommand?: boolean;
  /** The part of an output's identity that it sets. Another value means another output. */
  readonly identity?: string;
  /** Whether it only refuses rows, so that `retry` and `continue` may loosen it although it is part of the identity. */
  readonly canLoosen?: boolean;
  /** Its value in the settings that an output keeps of its last download; undefined if they have none. Older settings lack some. */
  readonly recorded?: (settings: Partial<DownloadSettings>) => unknown;
  /** Whether its default follows from the machine, so that records of another machine do not set it. */
  readonly isOfMachine?: boolean;
  /** A flag beside which it has no effect. */
  readonly uselessWith?: string;
  /** For an option that has no effect here: what takes its place. No help shows it. */
  readonly notice?: string;
  /** The value of such an option that needs no notice. */
  readonly silent?: string;
}

type DefaultValue = string | number | boolean | readonly string[];

/** Groups in the order in which the help shows them. */
export const OPTION_GROUPS = ["Input", "Query", "Shuffle", "Output", "Images", "Download", "Machine", "Terminal"] as const;

/** One of the groups, or the one that no help shows. */
export type OptionGroup = (typeof OPTION_GROUPS)[number] | "Unused";

/** The value of `verbs` for an option that every verb takes. */
export const EVERY_VERB = "every verb";

/** Verbs that select rows. */
export const SELECTING: readonly string[] = ["run", "filter"];
/** Verbs that start a download. */
export const DOWNLOADING: readonly string[] = ["run", "download"];
/** Verbs that start an output. */
export const STARTING: readonly string[] = ["run", "filter", "download"];
/** Verbs that download for an output that exists. */
export const DOWNLOADING_AGAIN: readonly string[] = ["verify", "retry", "continue"];
/** Verbs that work on an output that exists. */
export const ON_OUTPUTS: readonly string[] = [...DOWNLOADING_AGAIN, "status", "clean"];

/** Whether a verb takes an option. */
export function takesOption({ verbs }: OptionSpec, verb: string): boolean {
  return verbs === EVERY_VERB || verbs.includes(verb);
}

/** The default of an option for a verb; undefined if it has none. */
export function defaultOf({ default: value }: OptionSpec, verb: string): DefaultValue | undefined {
  return isByVerb(value) ? value[verb] : value;
}

function isByVerb(value: OptionSpec["default"]): value is Readonly<Record<string, DefaultValue>> {
  return typeof value === "object" && !Array.isArray(value);
}

/** The name under which parsed values hold an option: `imageSize` for `image-size`. */
export function valueName({ name }: Pick<OptionSpec, "name">): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether an output fixes the option for good: it shapes the output and cannot be loosened. */
export function isFixed({ identity, canLoosen }: OptionSpec): boolean {
  return identity !== undefined && canLoosen !== true;
}

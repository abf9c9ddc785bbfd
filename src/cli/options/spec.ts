// The process edge: what an option is; the tables beside this file declare each once, and parsing, help and README follow from them.

/** The verbs that take options. */
export type OptionVerb =
  | "run"
  | "filter"
  | "download"
  | "demo"
  | "queries"
  | "describe"
  | "metadata"
  | "shell"
  | "verify"
  | "retry"
  | "continue"
  | "status"
  | "clean";

/** What an option's value is. */
export type OptionKind = "text" | "texts" | "count" | "number" | "bytes" | "flag" | "choice";

/** One option. */
export interface OptionSpec {
  /** Kebab-case, without dashes; the same word with underscores is accepted too. */
  readonly name: string;
  readonly kind: OptionKind;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Further words for choices; letters' case does not matter either. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** For all verbs, or for each; undefined means none. */
  readonly default?: DefaultValue | Partial<Record<OptionVerb, DefaultValue>>;
  readonly verbs: readonly OptionVerb[];
  readonly group: OptionGroup;
  readonly help: string;
  /** Smallest and largest value that make sense, for counts, numbers and bytes. */
  readonly range?: readonly [number, number];
  /** Set for an option that has no effect here: what takes its place. It is in no help. */
  readonly notice?: string;
  /** The value of such an option that needs no notice. */
  readonly silent?: string;
}

type DefaultValue = string | number | boolean | readonly string[];

/** Groups in the order in which the help shows them. */
export const OPTION_GROUPS = ["Input", "Query", "Shuffle", "Output", "Images", "Download", "Machine", "Terminal"] as const;

/** One of the groups, or the one that no help shows. */
export type OptionGroup = (typeof OPTION_GROUPS)[number] | "Unused";

/** Verbs that select rows. */
export const SELECT: readonly OptionVerb[] = ["run", "filter"];
/** Verbs that download. */
export const FETCH: readonly OptionVerb[] = ["run", "download"];
/** Verbs that write an output. */
export const ALL: readonly OptionVerb[] = ["run", "filter", "download"];

/** Verbs that work on an output that is there. */
const OF_OUTPUTS: readonly OptionVerb[] = ["verify", "retry", "continue", "status", "clean"];

/** Options of the limits that refuse pictures and shape none, which may be loosened later. */
export const PICTURE_LIMITS: readonly string[] = [
  "max-decoded-pixels",
  "min-image-size",
  "max-image-area",
  "max-aspect-ratio",
  "accept-truncated",
];

/**
 * Whether a verb takes an option. What downloads again takes the limits and manners of a download; `retry` what was done to
 * pictures, for folders of img2dataset, which do not say it; `continue` what is no part of an output's identity.
 */
export function takesOption(option: OptionSpec, verb: OptionVerb): boolean {
  if (option.verbs.includes(verb)) return true;
  if (option.notice !== undefined || !OF_OUTPUTS.includes(verb)) return false;
  if (option.name === "json" || option.name === "quiet") return true;
  if (verb === "continue" && (option.group === "Machine" || PICTURE_LIMITS.includes(option.name))) return option.verbs.includes("run");
  if (verb === "continue") return option.verbs.includes("download") && (option.group === "Download" || option.name === "wait");
  if (!option.verbs.includes("download") || (verb !== "retry" && verb !== "verify")) return false;
  if (option.name === "fail-under") return false;
  if (option.name === "wait") return true;
  return option.group === "Download" || option.name === "processes-count" || (verb === "retry" && option.group === "Images");
}

/** The default of an option for a verb. What downloads again is as patient as `run`, and treats pictures as `download` does. */
export function defaultOf(option: OptionSpec, verb: OptionVerb): DefaultValue | undefined {
  const value = option.default;
  if (value === undefined || typeof value !== "object" || Array.isArray(value)) return value as DefaultValue | undefined;
  const values = value as Partial<Record<OptionVerb, DefaultValue>>;
  const isAgain = verb === "retry" || verb === "verify" || verb === "continue";
  return values[isAgain ? (option.group === "Images" ? "download" : "run") : verb];
}

// What a verb is, one row of the table in `verbs.ts`, and what its command is called with.
import type { OptionValues } from "./options/commander-options.ts";

/** One call of a verb. */
export interface VerbCall {
  /** The arguments, without options. */
  readonly words: readonly string[];
  readonly values: OptionValues;
  /** Whether an option, by its name in camel case, only has its default. */
  readonly isDefault: (name: string) => boolean;
  /** Everything that was typed after `prep`. */
  readonly typed: readonly string[];
  /** The whole table, for commands that speak of other verbs. */
  readonly verbs: readonly VerbSpec[];
}

/** The work of a verb. It prints its result and throws what ends it. */
export type VerbCommand = (call: VerbCall) => Promise<void>;

/** The argument of a verb. */
export interface VerbArgument {
  /** As commander reads it: `<output>` is needed, `[query]` is not, `...` takes several. */
  readonly usage: string;
  readonly help: string;
  /** What the shell offers for it; a list is the only words that it may be. */
  readonly completes: "query" | "query name" | "file" | "folder" | "nothing" | readonly string[];
}

/** One verb. */
export interface VerbSpec {
  readonly name: string;
  /** What it does, as one phrase. */
  readonly help: string;
  readonly argument?: VerbArgument;
  /** Imports its command. Absent for a word that is reserved for a later version. */
  readonly load?: () => Promise<VerbCommand>;
  /** Whether it is meant if the first word is no verb. */
  readonly isDefault?: boolean;
  /** Whether only programs start it, so no help names it. */
  readonly isHidden?: boolean;
  /** Whether its argument is an output that exists, whose shape is fixed. */
  readonly isOnOutput?: boolean;
  /** Whether it downloads in its own process; other verbs start workers for that. */
  readonly downloadsHere?: boolean;
  /** The command that goes on after an error; undefined if there is none better than the same again. */
  readonly goesOnWith?: (argument: string, value: (option: string) => unknown) => string | undefined;
}

/** The words that a query cannot have as its bare name. */
export function wordsOfVerbs(verbs: readonly VerbSpec[]): string[] {
  return verbs.map(({ name }) => name);
}

/** The verbs that this version has and that people start. */
export function visibleVerbs(verbs: readonly VerbSpec[]): VerbSpec[] {
  return verbs.filter(({ load, isHidden }) => load !== undefined && isHidden !== true);
}

// Refuses options that belong to other verbs, and says why.
import { UsageError } from "../../core/errors.ts";
import { isFixed, type OptionSpec, takesOption } from "../../job/options/spec.ts";
import { OPTIONS } from "../../job/options/table.ts";
import { type VerbSpec, visibleVerbs } from "../verb.ts";

/** Throws UsageError for an option that the verb, if the first word is one, does not take but others do. */
export function refuseMisplacedOptions(words: readonly string[], verbs: readonly VerbSpec[]): void {
  const verb = verbs.find(({ name, load }) => load !== undefined && name === words[0]);
  if (!verb) return;
  const end = words.indexOf("--");
  const given = end < 0 ? words : words.slice(0, end);
  if (given.some((word) => word === "--help" || word === "-h")) return;
  for (const word of given) {
    const name = /^--(?:no-)?([a-z-]+)/.exec(word)?.[1];
    const option = OPTIONS.find((candidate) => candidate.name === name);
    if (!option || takesOption(option, verb.name)) continue;
    const takers = visibleVerbs(verbs).flatMap((taker) => (takesOption(option, taker.name) ? [`prep ${taker.name}`] : []));
    // Without takers it is for programs, and as unknown to people as any other word.
    if (takers.length > 0) throw misplaced(option, verb, takers);
  }
}

/** A longer list of verbs helps nobody. */
const MAX_TAKERS = 4;

function misplaced(option: OptionSpec, verb: VerbSpec, takers: readonly string[]): UsageError {
  if (verb.isOnOutput && isFixed(option))
    return new UsageError(
      `--${option.name} is fixed by the run that made the output; prep ${verb.name} cannot change it`,
      "Leave it out, or start a new output with another --output.",
    );
  const hint = takers.length > MAX_TAKERS ? "Leave it out." : `Leave it out; it belongs to ${takers.join(", ")}.`;
  return new UsageError(`prep ${verb.name} has no option --${option.name}`, hint);
}

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
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const name = /^--(?:no-)?([a-z-]+)/.exec(word)?.[1];
    const option = OPTIONS.find((candidate) => candidate.name === name);
    if (option && !takesOption(option, verb.name)) throw misplaced(option, verb, verbs);
  }
}

function misplaced(option: OptionSpec, verb: VerbSpec, verbs: readonly VerbSpec[]): UsageError {
  if (verb.isOnOutput && isFixed(option))
    return new UsageError(
      `--${option.name} is fixed by the run that made the output; prep ${verb.name} cannot change it`,
      "Leave it out, or start a new output with another --output.",
    );
  const takers = visibleVerbs(verbs).flatMap(({ name }) => (takesOption(option, name) ? [`prep ${name}`] : []));
  return new UsageError(`prep ${verb.name} has no option --${option.name}`, `Leave it out; it belongs to ${takers.join(", ")}.`);
}

// Finds environment variables that misspell the variable of an option.
import { nearestName } from "../../core/nearest.ts";
import { OPTIONS } from "../../job/options/table.ts";
import { environmentName } from "./commander-options.ts";

const PREFIX = "PREP_";

/**
 * A notice for each variable that begins with `PREP_`, belongs to no option, and is close to one that does. Others may be
 * another program's and get none.
 */
export function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = OPTIONS.filter(({ isForOneCommand }) => !isForOneCommand).map((spec) => environmentName(spec).slice(PREFIX.length));
  return Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !known.includes(name.slice(PREFIX.length)))
    .sort()
    .flatMap((name) => {
      // Compare without the common prefix, and in both directions: a longer word allows more differences.
      const word = name.slice(PREFIX.length);
      const nearest = nearestName(word, known);
      return nearest === undefined || nearestName(nearest, [word]) === undefined
        ? []
        : [`${name} is no variable of prep and has no effect: did you mean ${PREFIX}${nearest}?`];
    });
}

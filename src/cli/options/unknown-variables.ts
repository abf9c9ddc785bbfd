// Environment variables with nearly the name of an option's variable: typing errors.
import { nearestName } from "../../core/nearest.ts";
import { environmentName } from "./commander-options.ts";
import { OPTIONS } from "./table.ts";

const PREFIX = "PREP_";

/**
 * A notice for each variable that begins with `PREP_`, is none of an option of any verb, and is close to one. Others may be another
 * program's, so they are left alone.
 */
export function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = OPTIONS.map((spec) => environmentName(spec).slice(PREFIX.length));
  return Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !known.includes(name.slice(PREFIX.length)))
    .sort()
    .flatMap((name) => {
      // Without what all names share, which would make far ones near; and seen from both sides, since a long word allows more.
      const word = name.slice(PREFIX.length);
      const nearest = nearestName(word, known);
      return nearest === undefined || nearestName(nearest, [word]) === undefined
        ? []
        : [`${name} is no variable of prep and has no effect: did you mean ${PREFIX}${nearest}?`];
    });
}

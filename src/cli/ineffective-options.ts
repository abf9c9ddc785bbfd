// Notices about options that have no effect.
import { valueName } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import type { OptionValues } from "./options/commander-options.ts";

/** One sentence for each given option that has no effect in prep, or none beside another given option. */
export function noticesFor(values: OptionValues): string[] {
  const given = (name: string) => values[valueName({ name })];
  const unused = OPTIONS.flatMap(({ name, notice, silent }) => {
    const value = given(name);
    const isSilent = value === undefined || value === false || value === silent;
    return notice === undefined || isSilent ? [] : [`--${name} has no effect: ${notice}`];
  });
  const useless = OPTIONS.filter(({ name, uselessWith }) => uselessWith !== undefined && given(uselessWith) === true && given(name));
  return [...unused, ...useless.map(({ name, uselessWith }) => `--${name} has no effect with --${uselessWith}, which looks at no picture`)];
}

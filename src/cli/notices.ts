// The process edge: what a command line asks for and will not get, said before the work.
import type { OptionValues } from "./options/commander-options.ts";
import { OPTIONS } from "./options/table.ts";

/** One sentence for each option that has no effect here, or not with the others. */
export function noticesFor(values: OptionValues): string[] {
  const given = (name: string) => values[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  const unused = OPTIONS.flatMap(({ name, notice, silent }) => {
    const value = given(name);
    const isSilent = value === undefined || value === false || value === silent;
    return notice === undefined || isSilent ? [] : [`--${name} has no effect: ${notice}`];
  });
  if (given("disable-all-reencoding") !== true) return unused;
  const blind = ["min-image-size", "max-image-area", "max-aspect-ratio", "orient"].filter((name) => given(name));
  return [...unused, ...blind.map((name) => `--${name} has no effect with --disable-all-reencoding, which looks at no picture`)];
}

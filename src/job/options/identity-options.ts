// Finds the option that sets a part of an output's identity.
import type { OptionSpec } from "./spec.ts";
import { OPTIONS } from "./table.ts";

/** The option; undefined if the part is set by no option, such as the query. */
export function identityOption(part: string): OptionSpec | undefined {
  return OPTIONS.find(({ identity }) => identity === part);
}

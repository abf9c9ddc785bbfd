// What the command line needs to know of output formats.
import { formatsWithMembers, OUTPUT_FORMAT_NAMES, type OutputFormatName, outputFormat } from "../shard/output-formats.ts";

/** Values of `--output-format` in the order of the help. */
export const OUTPUT_FORMAT_CHOICES: readonly OutputFormatName[] = OUTPUT_FORMAT_NAMES;

/** The values of `--output-format` that `--true-extension` works with. */
export const TRUE_EXTENSION_FORMATS: readonly OutputFormatName[] = formatsWithMembers();

/** How the usual reader of a format loads all shards of an output; undefined if there is no usual reader. */
export function loadExpression(format: OutputFormatName, output: string, shards: string): string | undefined {
  return outputFormat(format).loadExpression?.(output, shards);
}

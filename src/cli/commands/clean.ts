// The process edge: `prep clean OUT`, leftovers of dead attempts.
import { oneLine } from "../../core/one-line.ts";
import { formatBytes, plural } from "../../core/units.ts";
import { cleanOutput } from "../../output/clean.ts";
import { onOutput } from "../../output/on-output.ts";
import { writeText } from "../display/paper.ts";
import { localPath } from "../local-path.ts";
import type { OptionValues } from "../options/commander-options.ts";

/** What Linux takes, in bytes. */
const MAX_PATH = 4096;

/** Removes leftovers, or with --dry-run only names them. */
export async function cleanCommand(words: string, values: OptionValues): Promise<void> {
  const output = localPath(words, "the output");
  const isDryRun = values["dryRun"] === true;
  const leftovers = await onOutput(output, () => cleanOutput(output, values["tempDirectory"] as string | undefined, isDryRun));
  const bytes = leftovers.reduce((sum, leftover) => sum + leftover.bytes, 0);
  if (values["json"] === true) {
    process.stdout.write(`${JSON.stringify({ event: "cleaned", output, isDryRun, leftovers })}\n`);
    return;
  }
  for (const leftover of leftovers)
    writeText(
      process.stdout,
      `${isDryRun ? "would remove" : "removed"} ${oneLine(leftover.path, MAX_PATH)} (${formatBytes(leftover.bytes)})`,
    );
  if (values["quiet"] !== true) {
    const verb = isDryRun ? "would be removed" : "removed";
    writeText(
      process.stdout,
      leftovers.length === 0 ? "nothing was left behind" : `${plural(leftovers.length, "leftover")} ${verb}, ${formatBytes(bytes)}`,
    );
  }
}

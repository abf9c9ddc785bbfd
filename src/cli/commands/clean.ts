// `prep clean OUT`: removes what killed processes left behind.
import { oneLine } from "../../core/one-line.ts";
import { formatBytes, plural } from "../../core/units.ts";
import { clean } from "../../run/clean.ts";
import { writeText } from "../display/text-style.ts";
import { localPath } from "../local-path.ts";
import type { VerbCall } from "../verb.ts";

/** Linux's limit for a path, in bytes. */
const MAX_PATH = 4096;

/** Removes leftovers and prints them; with --dry-run only prints them. */
export async function cleanCommand({ words, values }: VerbCall): Promise<void> {
  const output = localPath(words[0] ?? "", "the output");
  const isDryRun = values["dryRun"] === true;
  const leftovers = await clean(output, values["tempDirectory"] as string | undefined, isDryRun);
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

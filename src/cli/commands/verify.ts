// `prep verify OUT`: reads everything back and prints what is wrong.
import { oneLine } from "../../core/one-line.ts";
import { formatBytes, formatDuration, plural } from "../../core/units.ts";
import { lastSettings } from "../../run/last-start.ts";
import { type VerifyReport, verify } from "../../run/verify.ts";
import { downloadSettings } from "../configs.ts";
import { writeText } from "../display/text-style.ts";
import { localPath } from "../local-path.ts";
import { withRecorded } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

/** Characters of a line: names in an output may be anybody's, and of any length. */
const MAX_LINE = 1000;

/** Reads an output back, prints each finding and a report; with --repair makes the damaged shards again. Throws what `verify` throws. */
export async function verifyCommand(call: VerbCall): Promise<void> {
  const { words, values, isDefault } = call;
  const output = localPath(words[0] ?? "", "the output");
  const session = await openSession(call);
  const { effects } = session;
  let isRepairing = false;
  const print = (event: object, line: string) => {
    // The next thing to print is of the reading after the repair: its bars end here.
    if (isRepairing) session.end();
    if (values["json"] === true) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (values["quiet"] !== true) writeText(process.stdout, line);
  };
  const repairSettings = async ({ damagedShards }: VerifyReport) => {
    isRepairing = true;
    const recorded = withRecorded(values, isDefault, await lastSettings(output));
    if (recorded.notice && damagedShards.length > 0) effects.emit({ event: "notice", text: recorded.notice });
    return downloadSettings(recorded.values, effects.version, recorded.given);
  };
  try {
    await verify(output, values["repair"] === true ? repairSettings : undefined, effects, {
      onFinding: (finding) => print({ event: "finding", ...finding }, oneLine(`${finding.file}: ${finding.text}`, MAX_LINE)),
      onReport: (report) => print({ event: "verified", ...report }, reportLine(report)),
    });
  } finally {
    session.end();
  }
}

function reportLine({ shards, partitions, rows, bytes, elapsedMs, foreignShards }: VerifyReport): string {
  const what = [
    ...(partitions > 0 ? [plural(partitions, "partition")] : []),
    plural(shards, "shard"),
    plural(rows, "row"),
    formatBytes(bytes),
  ].join(", ");
  const rate = elapsedMs > 1000 ? ` (${formatBytes(Math.round((1000 * bytes) / elapsedMs))}/s)` : "";
  const foreign =
    foreignShards > 0
      ? `\n${plural(foreignShards, "shard is", "shards are")} img2dataset's, which records no digests: changed bytes in ${foreignShards === 1 ? "it" : "them"} cannot be found`
      : "";
  return `read back ${what} in ${formatDuration(elapsedMs)}${rate}${foreign}`;
}

// The process edge: `prep verify OUT`, everything read back.
import { IncompleteError, OutputError } from "../../core/errors.ts";
import { oneLine } from "../../core/one-line.ts";
import { shellWord } from "../../core/shell-word.ts";
import { formatBytes, formatDuration, plural } from "../../core/units.ts";
import { readLastSettings } from "../../output/download-plan.ts";
import { onOutput } from "../../output/on-output.ts";
import { continueCommand } from "../../output/start-record.ts";
import type { VerifyReport } from "../../output/verify/verify-output.ts";
import { verifyOutput } from "../../output/verify/verify-output.ts";
import { repairOutput } from "../../run/repair.ts";
import { downloadSettings } from "../configs.ts";
import { writeText } from "../display/paper.ts";
import { localPath } from "../local-path.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { withRecorded } from "../recorded-limits.ts";
import { openSession, type Session } from "../session.ts";

/** Names in an output may be anybody's, and of any length. */
const MAX_LINE = 1000;

/** Reads an output back, prints what is wrong and what it came to; throws OutputError for damage, IncompleteError for what is undone. */
export async function verifyCommand(words: string, values: OptionValues, isDefault: (name: string) => boolean): Promise<void> {
  const output = localPath(words, "the output");
  const session = await openSession(values);
  try {
    await onOutput(output, () => verifyAndRepair(output, values, isDefault, session));
  } finally {
    session.end();
  }
}

async function verifyAndRepair(
  output: string,
  values: OptionValues,
  isDefault: (name: string) => boolean,
  session: Session,
): Promise<void> {
  const report = await read(output, values, session);
  if (values["repair"] !== true) return insist(report);
  const recorded = withRecorded(values, isDefault, await readLastSettings(output));
  if (recorded.notice && report.damagedShards.length > 0) session.effects.emit({ event: "notice", text: recorded.notice });
  const settings = downloadSettings(recorded.values, session.effects.version, recorded.given);
  const undone = await repairOutput(report, settings, session.effects);
  session.end();
  if (report.damage === 0 && report.unfinished === 0) return insist(report);
  if (undone > 0) throw new IncompleteError(`${plural(undone, "shard")} could not be repaired`, "Start the same command again.");
  insist(await read(output, values, session));
}

async function read(output: string, values: OptionValues, { effects }: Session): Promise<VerifyReport> {
  const isJson = values["json"] === true;
  const print = (event: object, line: string) => {
    if (isJson) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (values["quiet"] !== true) writeText(process.stdout, line);
  };
  const report = await verifyOutput(output, {
    now: effects.now,
    signal: effects.signal,
    onFinding: (finding) => print({ event: "finding", ...finding }, oneLine(`${finding.file}: ${finding.text}`, MAX_LINE)),
    onProgress: () => undefined,
  });
  print({ event: "verified", ...report }, reportLine(report));
  return report;
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
      ? `\n${plural(foreignShards, "shard is", "shards are")} img2dataset's, which records no digests: flipped bytes in them cannot be seen`
      : "";
  return `read back ${what} in ${formatDuration(elapsedMs)}${rate}${foreign}`;
}

/** What to do about damage, by what it is. */
function damageHint({ output, shards, foreignShards, shardsUndone, damagedShards, findings }: VerifyReport): string {
  if (damagedShards.length > 0) {
    return foreignShards > 0 && foreignShards === shards
      ? "Remove the files of the damaged shards, their _stats.json too, and start img2dataset again."
      : `prep verify ${shellWord(output)} --repair does the damaged shards again.`;
  }
  if (!findings.every(({ kind }) => kind === "unrecorded")) return "Put back what is named above, or make it anew.";
  return shardsUndone > 0
    ? `Start ${continueCommand(output)}, which makes shards without a record anew; move away what is of none of them.`
    : "Move away what is named above: readers would take it for shards of this output.";
}

function insist(report: VerifyReport): void {
  const { output, damage, unfinished, shardsUndone, damagedShards, findings } = report;
  if (damage > 0) {
    const shards = damagedShards.length > 0 ? `; ${plural(damagedShards.length, "shard is", "shards are")} damaged` : "";
    throw new OutputError(
      `${plural(damage, "thing")} in ${output} ${damage === 1 ? "is not as it was" : "are not as they were"} recorded${shards}`,
      damageHint(report),
    );
  }
  if (shardsUndone > 0)
    throw new IncompleteError(
      `${plural(shardsUndone, "shard")} of ${output} ${shardsUndone === 1 ? "is" : "are"} not done yet`,
      `Start ${continueCommand(output)}.`,
    );
  if (unfinished > 0)
    throw new IncompleteError(
      `${output} is whole, and its last start was cut short: ${findings[0]?.file}: ${findings[0]?.text}`,
      `Start ${continueCommand(output)}.`,
    );
}

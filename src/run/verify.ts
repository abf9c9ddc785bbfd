// `prep verify`: reads an output back, and with `--repair` makes damaged shards again.
import { IncompleteError, OutputError } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";
import { plural } from "../core/units.ts";
import type { DownloadSettings, RunEffects } from "../job/config.ts";
import { continueCommand } from "../output/records/start-record.ts";
import { type VerifyEffects, type VerifyReport, verifyOutput } from "../output/verify/verify-output.ts";
import { onOutput } from "./on-output.ts";
import { repairOutput } from "./repair.ts";

export type { VerifyReport } from "../output/verify/verify-output.ts";

/** What a verification tells while it reads. */
export interface VerifyListener {
  readonly onFinding: VerifyEffects["onFinding"];
  /** After each reading: before a repair, and after it. */
  readonly onReport: (report: VerifyReport) => void;
}

/**
 * Reads an output back; `repairSettings` gives the settings of a repair that is to follow. Throws OutputError for damage,
 * IncompleteError for work that is not done.
 */
export async function verify(
  output: string,
  repairSettings: ((report: VerifyReport) => Promise<DownloadSettings>) | undefined,
  effects: RunEffects,
  listener: VerifyListener,
): Promise<void> {
  await onOutput(output, async () => {
    const report = await readBack(output, effects, listener);
    if (!repairSettings) return insist(report);
    const undone = await repairOutput(report, await repairSettings(report), effects);
    if (report.damage === 0 && report.unfinished === 0) return insist(report);
    if (undone > 0) throw new IncompleteError(`${plural(undone, "shard")} could not be repaired`, "Start the same command again.");
    insist(await readBack(output, effects, listener));
  });
}

async function readBack(output: string, { now, signal }: RunEffects, { onFinding, onReport }: VerifyListener): Promise<VerifyReport> {
  const report = await verifyOutput(output, { now, signal, onFinding, onProgress: () => undefined });
  onReport(report);
  return report;
}

function damageHint({ output, shards, foreignShards, shardsUndone, damagedShards, findings }: VerifyReport): string {
  if (damagedShards.length > 0) {
    return foreignShards > 0 && foreignShards === shards
      ? "Remove the files of the damaged shards, with their _stats.json, and start img2dataset again."
      : `prep verify ${shellWord(output)} --repair makes the damaged shards again.`;
  }
  if (!findings.every(({ kind }) => kind === "unrecorded")) return "Restore what is named above, or make the output again.";
  return shardsUndone > 0
    ? `Start ${continueCommand(output)}, which makes shards without a record again; move away files that belong to no shard.`
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
      `${output} is whole, but its last start was cut short: ${findings[0]?.file}: ${findings[0]?.text}`,
      `Start ${continueCommand(output)}.`,
    );
}

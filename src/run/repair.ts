// `prep verify --repair`: makes the damaged shards again, and no others.
import { OutputError } from "../core/errors.ts";
import type { DownloadSettings, RunEffects } from "../job/config.ts";
import { readPlans } from "../output/plans/download-plan.ts";
import { isPlannedBy } from "../output/records/committed-shards.ts";
import { latestGenerations } from "../output/records/generations.ts";
import { RunProgress } from "../output/status/run-progress.ts";
import type { VerifyReport } from "../output/verify/verify-output.ts";
import { storeAt } from "../store/store-at.ts";
import { redoShards, refreshSummaries, settleOutput } from "../worker/redo/redo-shards.ts";

/**
 * Makes a further generation of every damaged shard of the report. Samples that are still as recorded stay; the others are
 * downloaded again. Returns how many shards could not be made. If nothing is damaged, only removes what a killed repair left.
 * Throws OutputError if the plan or the partitions are damaged, because shards are made from them.
 */
export async function repairOutput(report: VerifyReport, settings: DownloadSettings, effects: RunEffects): Promise<number> {
  const { output } = report;
  if (report.damage === 0 && report.unfinished === 0) {
    await settleOutput(output, await readPlans(output));
    return 0;
  }
  const source = report.findings.find(({ kind, file }) => kind === "plan" || (file.startsWith("partitions") && kind !== "unpublished"));
  if (source) {
    throw new OutputError(
      `${source.file}: ${source.text}; shards are made from it, so none can be repaired`,
      "Restore that file. To make partitions again, remove selection.json and partitions, and start the same command again.",
    );
  }
  const plans = await readPlans(output);
  await storeAt(output).removeDeadFiles();
  const latest = await latestGenerations(output);
  const damaged = report.damagedShards;
  const foreign = damaged.filter((name) => !plans.some(({ plan }) => isPlannedBy(plan, name)));
  if (foreign.length > 0) {
    throw new OutputError(
      `no plan of this output has the shard ${foreign[0]}, so it cannot be done again`,
      "Move its files away, then start the same command again. A shard of img2dataset can be made again by img2dataset, or by prep in a new output.",
    );
  }
  effects.emit({ event: "download_started", samples: 0, shards: damaged.length, shardsDone: 0, samplesDone: 0 });
  // The number of rows to download is not known yet: it depends on what can be kept.
  const progress = new RunProgress(0);
  let undone = 0;
  for (const { plan } of plans) {
    const shards = damaged
      .filter((name) => isPlannedBy(plan, name))
      .map((name) => ({ shard: Number(name), base: latest.get(name) ?? 0, kind: "repair" as const }));
    undone += await redoShards(output, { plan, settings, shards, isAdopted: false }, effects, progress);
  }
  await refreshSummaries(output, plans, settings, effects);
  return undone;
}

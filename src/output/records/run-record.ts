// Writes run.json, the record of a download for people and programs.
import type { RunSummary } from "../../job/events.ts";
import { sealedText } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import { type DownloadPlan, readPlans } from "../plans/download-plan.ts";

/** The file of the record, in the output. */
export const RUN_RECORD = "run.json";

/** Writes the record of this run. In an extended output it lists all runs. Everything in it follows from plans and records. */
export async function writeRunRecord(
  output: string,
  plan: DownloadPlan,
  versions: Readonly<Record<string, string | undefined>>,
  funnel: RunSummary,
): Promise<void> {
  const plans = await readPlans(output);
  const record = {
    format_version: plan.format_version,
    run: plan.run,
    identity: plan.identity,
    versions,
    funnel,
    ...(plan.skippedLines ? { skipped_lines: plan.skippedLines } : {}),
    ...(plans.length > 1 ? { runs: plans.map(({ plan: one }) => describeRun(one)) } : {}),
  };
  await storeAt(output).replace(RUN_RECORD, sealedText(record));
}

function describeRun({ run, shards, identity, skippedLines }: DownloadPlan): object {
  const rows = shards.inputs.reduce((sum, input) => sum + input.rows, 0);
  return {
    run,
    first_shard: shards.firstShard,
    shards: shards.shards,
    rows,
    identity,
    ...(skippedLines ? { skipped_lines: skippedLines } : {}),
  };
}

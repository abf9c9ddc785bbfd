// What an output records of its last start, for verbs that download for it again.
import type { DownloadSettings } from "../job/config.ts";
import { readLastSettings, readPlans } from "../output/plans/download-plan.ts";
import { readStart } from "../output/records/start-record.ts";

/** The settings of the last download; undefined if there was none. */
export async function lastSettings(output: string): Promise<Partial<DownloadSettings> | undefined> {
  return await readLastSettings(output);
}

/** The `--fail-under` of the last start. Throws OutputError if its record cannot be read. */
export async function lastFailUnder(output: string): Promise<number | undefined> {
  return (await readStart(output))?.failUnder;
}

/** Whether prep planned the shards of an output; img2dataset's folders have no plan. */
export async function hasPlan(output: string): Promise<boolean> {
  return (await readPlans(output)).length > 0;
}

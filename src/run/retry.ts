// `prep retry`: downloads again, in finished shards, what failed and may succeed now.
import type { OutcomeCode } from "../core/outcome.ts";
import { shellWord } from "../core/shell-word.ts";
import { plural } from "../core/units.ts";
import type { DownloadSettings, RunEffects, ShapeConfig } from "../job/config.ts";
import { nothingFinished } from "../output/names/output-folder.ts";
import { decidingValues, undecided } from "../output/plans/deciding-options.ts";
import { readPlans, type StoredPlan } from "../output/plans/download-plan.ts";
import { isPlannedBy } from "../output/records/committed-shards.ts";
import { retryableCount, type ScannedRecord, scanRecords } from "../output/records/scan-records.ts";
import { continueCommand } from "../output/records/start-record.ts";
import { RunProgress } from "../output/status/run-progress.ts";
import { adoptPlan } from "../plan/adopt-img2dataset.ts";
import { type Amendment, amendPlans } from "../plan/amend-plans.ts";
import { numberOfRecord } from "../shard/shard-names.ts";
import { storeAt } from "../store/store-at.ts";
import type { RedoJob } from "../worker/redo/redo-job.ts";
import { redoShards, refreshSummaries, settleOutput } from "../worker/redo/redo-shards.ts";

export type { PictureLimits } from "../plan/amend-plans.ts";

/** Outcomes of the rows of all finished shards. */
export interface Funnel {
  readonly rows: number;
  readonly packed: number;
  readonly failed: number;
  /** Failures that may succeed at another time, or under changed options. */
  readonly retryable: number;
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** The result of a retry. */
export interface RetrySummary {
  readonly output: string;
  /** Shards that got another generation, and those that could not be made. */
  readonly shards: number;
  readonly shardsUndone: number;
  readonly before: Funnel;
  readonly after: Funnel;
  readonly elapsedMs: number;
}

/**
 * Downloads the retryable failures of an output again, and the rows that options refused which have changed since. `adopted` says
 * how pictures are treated in a folder of img2dataset; `amendment` says what an output of prep no longer refuses. Throws
 * OutputError if the folder is no output.
 */
export async function retryOutput(
  output: string,
  settings: DownloadSettings,
  adopted: ShapeConfig,
  amendment: Amendment,
  effects: RunEffects,
): Promise<RetrySummary> {
  const startedAt = effects.now();
  const planned = await readPlans(output);
  // Check before tidying up: the folder may belong to another program.
  if (planned.length === 0 && !(await hasRecords(output))) throw await nothingFinished(output);
  const { plans, blockList } = await amendPlans(output, planned, amendment);
  const shape = blockList === undefined ? adopted : { ...adopted, blockList };
  await settleOutput(output, plans);
  const { records, damaged } = await allRecords(output);
  if (damaged.length > 0) effects.emit({ event: "notice", text: damagedNotice(output, damaged) });
  const open = openShards(plans, records, damaged);
  if (open > 0) effects.emit({ event: "notice", text: openNotice(output, open) });
  const isReopened = reopenedBy(plans, settings, shape);
  const before = funnelOf(records, isReopened);
  const worth = records.filter((record) => retryableRows(record, isReopened) > 0);
  const jobs = await jobsFor(output, plans, worth, settings, shape);
  effects.emit({
    event: "download_started",
    samples: before.retryable,
    shards: worth.length,
    shardsDone: 0,
    samplesDone: 0,
  });
  const progress = new RunProgress(before.retryable);
  let shardsUndone = 0;
  for (const job of jobs) shardsUndone += await redoShards(output, job, effects, progress);
  await refreshSummaries(output, plans, settings, effects);
  const after = funnelOf((await allRecords(output)).records, isReopened);
  return { output, shards: worth.length - shardsUndone, shardsUndone, before, after, elapsedMs: effects.now() - startedAt };
}

async function hasRecords(output: string): Promise<boolean> {
  const names = await storeAt(output)
    .names()
    .catch(() => []);
  return names.some((name) => numberOfRecord(name) !== undefined);
}

async function allRecords(output: string): Promise<{ readonly records: ScannedRecord[]; readonly damaged: readonly string[] }> {
  const records: ScannedRecord[] = [];
  const damaged = await scanRecords(output, (record) => records.push(record));
  return { records, damaged };
}

function damagedNotice(output: string, [first, ...others]: readonly string[]): string {
  const more = others.length > 0 ? ` and of ${others.length} more` : "";
  return `the record of the shard ${first}${more} cannot be read, so its failures are not retried; prep verify ${shellWord(output)} --repair makes it again`;
}

/** Counts the shards without a record. Damaged records have their own notice. */
function openShards(plans: readonly StoredPlan[], records: readonly ScannedRecord[], damaged: readonly string[]): number {
  const recorded = [...records.map(({ name }) => name), ...damaged];
  return plans.reduce((open, { plan }) => open + plan.shards.shards - recorded.filter((name) => isPlannedBy(plan, name)).length, 0);
}

function openNotice(output: string, open: number): string {
  return `${plural(open, "shard is", "shards are")} not done yet, and a retry only takes finished ones: ${continueCommand(output)} does the rest`;
}

/** One job for each plan, and one for shards of img2dataset. */
async function jobsFor(
  output: string,
  plans: readonly StoredPlan[],
  records: readonly ScannedRecord[],
  settings: DownloadSettings,
  shape: ShapeConfig,
): Promise<RedoJob[]> {
  const jobs: RedoJob[] = [];
  const rest = new Set(records);
  for (const { plan } of plans) {
    const own = records.filter(({ name }) => isPlannedBy(plan, name));
    for (const record of own) rest.delete(record);
    jobs.push({ plan, settings, shards: own.map(shardToRetry), isAdopted: false });
  }
  if (rest.size > 0)
    jobs.push({ plan: await adoptPlan(output, [...rest], shape), settings, shards: [...rest].map(shardToRetry), isAdopted: true });
  return jobs;
}

function shardToRetry({ shard, own }: ScannedRecord) {
  return { shard, base: own?.generation ?? 0, kind: "retry" as const };
}

/** The outcomes of a shard that an option decided whose value has changed since. */
type Reopened = (record: ScannedRecord) => ReadonlySet<OutcomeCode>;

function reopenedBy(plans: readonly StoredPlan[], settings: DownloadSettings, shape: ShapeConfig): Reopened {
  const adopted = decidingValues(settings, shape);
  const values = plans.map(({ plan }) => ({ plan, now: decidingValues(settings, plan.shape) }));
  return ({ name, own, outcomes }) => {
    const now = values.find(({ plan }) => isPlannedBy(plan, name))?.now ?? adopted;
    return undecided({ outcomes, decided_by: own?.decided_by }, now);
  };
}

function retryableRows(record: ScannedRecord, isReopened: Reopened): number {
  const reopened = [...isReopened(record)].reduce((sum, code) => sum + (record.outcomes[code] ?? 0), 0);
  return retryableCount(record.outcomes) + reopened;
}

function funnelOf(records: readonly ScannedRecord[], isReopened: Reopened): Funnel {
  const outcomes: Partial<Record<OutcomeCode, number>> = {};
  let rows = 0;
  let packed = 0;
  let retryable = 0;
  for (const record of records) {
    const { counts, outcomes: more } = record;
    retryable += retryableRows(record, isReopened);
    rows += counts.count;
    packed += counts.successes;
    for (const [code, count] of Object.entries(more) as [OutcomeCode, number][]) outcomes[code] = (outcomes[code] ?? 0) + count;
  }
  return { rows, packed, failed: rows - packed, retryable, outcomes };
}

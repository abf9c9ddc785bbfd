// `prep status`: tells how far a run is, from its records and notes; writes nothing.
import { OutputError } from "../../core/errors.ts";
import { OUTCOMES, type OutcomeCode } from "../../core/outcome.ts";
import type { OpenShard } from "../../engine/messages.ts";
import { storeAt } from "../../store/store-at.ts";
import { noOutput } from "../names/output-folder.ts";
import { readPlans } from "../plans/download-plan.ts";
import { hasShard } from "../plans/shard-plan.ts";
import { scanRecords } from "../records/scan-records.ts";
import { readSelection } from "../records/selection-record.ts";
import { continueCommand, readStart } from "../records/start-record.ts";
import { type PauseNote, readPauses } from "./pause-notes.ts";
import { readProgress } from "./progress-notes.ts";
import { openCounts, standing } from "./run-progress.ts";

/** How many reasons and hosts are listed. */
const MAX_TOLD = 10;

/** How many hosts are counted at a time; those with the fewest failures are forgotten first. */
const MAX_HOSTS = 10_000;

/** How far a run is. */
export interface Status {
  readonly output: string;
  /** The command that made the output, as it was typed, without its secrets; undefined if it is not recorded. */
  readonly command?: string;
  /** The command that continues, if something is left and no process is at work. */
  readonly next?: string;
  /** Rows of the selection, if stage one is done in this output. */
  readonly selected?: number;
  /** Shards and rows of all plans; undefined if img2dataset planned them. */
  readonly shards?: number;
  readonly rows?: number;
  readonly shardsDone: number;
  /** Finished rows, in committed and open shards. All counts of samples and bytes below are about these. */
  readonly rowsDone: number;
  /** Rows of open shards, and how many of them are finished: a kill loses these. */
  readonly rowsRunning: number;
  readonly rowsDoneRunning: number;
  /** Shards of the plans without a record, open ones included. */
  readonly shardsToDo: number;
  /** Shards that processes are making. Attempts of other machines count. */
  readonly shardsRunning: number;
  /** Shards that several processes are making, as processes of two machines may: one of them downloads in vain. */
  readonly shardsRunningTwice: number;
  readonly packed: number;
  readonly failedToDownload: number;
  readonly failedToResize: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  /** The most frequent first. */
  readonly reasons: readonly (readonly [OutcomeCode, number])[];
  /** The hosts at which most samples failed. In a long run with many hosts the numbers are lower bounds. */
  readonly hosts: readonly (readonly [string, number])[];
  /** Recent rows a second; undefined if no process is at work, or no row has ended yet. */
  readonly rowsPerSecond?: number;
  readonly secondsLeft?: number;
  /** What processes are waiting for now. */
  readonly pauses: readonly PauseNote[];
  /** Shards whose record cannot be read. */
  readonly damaged: readonly string[];
}

function commandOf(command: string | undefined): Pick<Status, "command"> {
  return command === undefined ? {} : { command };
}

/** Reads how far a run is at `now`, in milliseconds. Throws OutputError if the folder is not an output. */
export async function readStatus(output: string, now: number): Promise<Status> {
  if (!(await storeAt(output).isFolder()))
    throw new OutputError(`${output} is not a folder`, "Name the folder that was given as --output.");
  const plans = (await readPlans(output)).map(({ plan }) => plan);
  const selection = await readSelection(output);
  const sums = { shardsDone: 0, rowsDone: 0, packed: 0, failedToDownload: 0, failedToResize: 0, downloadedBytes: 0, storedBytes: 0 };
  const outcomes = new Map<OutcomeCode, number>();
  const hosts = new Map<string, number>();
  // Read before the records: a shard that is committed in between is in both, and counts once.
  const workers = await readProgress(output);
  const recorded = new Set<string>();
  let planned = 0;
  const damaged = await scanRecords(output, ({ name, shard, own, counts, outcomes: more }) => {
    recorded.add(name);
    sums.shardsDone += 1;
    if (plans.some(({ shards }) => hasShard(shards, shard))) planned += 1;
    sums.rowsDone += counts.count;
    sums.packed += counts.successes;
    sums.failedToDownload += counts.failed_to_download;
    sums.failedToResize += counts.failed_to_resize;
    sums.downloadedBytes += own?.downloaded_bytes ?? 0;
    sums.storedBytes += own?.stored_bytes ?? 0;
    for (const [code, count] of Object.entries(more) as [OutcomeCode, number][]) outcomes.set(code, (outcomes.get(code) ?? 0) + count);
    for (const [host, count] of Object.entries(own?.failing_hosts ?? {})) hosts.set(host, (hosts.get(host) ?? 0) + count);
    if (hosts.size > 2 * MAX_HOSTS) forgetLeast(hosts);
  });
  const start = await readStart(output);
  if (plans.length === 0 && !selection && !start && sums.shardsDone === 0 && damaged.length === 0) throw noOutput(output);
  const rows = plans.reduce((sum, { shards }) => sum + shards.inputs.reduce((more, input) => more + input.rows, 0), 0);
  const shards = plans.reduce((sum, plan) => sum + plan.shards.shards, 0);
  const live = await storeAt(output).liveAttempts();
  const attempts = attemptsByShard(live.map(({ id }) => id));
  const open = furthest(workers.flatMap((worker) => worker.open)).filter(({ shard }) => !recorded.has(shard));
  const running = openCounts(open);
  for (const [code, count] of Object.entries(running.outcomes) as [OutcomeCode, number][])
    outcomes.set(code, (outcomes.get(code) ?? 0) + count);
  const failedToResize = failuresToResize(running.outcomes);
  const done = {
    packed: sums.packed + running.packed,
    failed: sums.failedToDownload + sums.failedToResize + running.failed,
    downloadedBytes: sums.downloadedBytes + running.downloadedBytes,
    storedBytes: sums.storedBytes + running.storedBytes,
    outcomes: Object.fromEntries(outcomes),
  };
  const { rowsDone, rowsPerSecond, secondsLeft } = standing(
    rows,
    done,
    workers.map(({ marks }) => marks),
    now,
  );
  const isUndone = planned < shards || (start !== undefined && start.run === undefined && (start.started.verb !== "filter" || !selection));
  outcomes.delete("success");
  return {
    output,
    ...commandOf(start?.command ?? selection?.command),
    ...(isUndone && live.length === 0 ? { next: continueCommand(output) } : {}),
    ...(selection ? { selected: selection.funnel.rowsKept } : {}),
    ...(plans.length > 0 ? { shards, rows } : {}),
    shardsDone: sums.shardsDone,
    rowsDone,
    rowsRunning: open.reduce((sum, shard) => sum + shard.rows, 0),
    rowsDoneRunning: running.packed + running.failed,
    packed: done.packed,
    failedToDownload: done.failed - sums.failedToResize - failedToResize,
    failedToResize: sums.failedToResize + failedToResize,
    downloadedBytes: done.downloadedBytes,
    storedBytes: done.storedBytes,
    shardsToDo: shards - planned,
    shardsRunning: attempts.size,
    shardsRunningTwice: [...attempts.values()].filter((count) => count > 1).length,
    reasons: top(outcomes),
    hosts: top(hosts),
    ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
    ...(secondsLeft === undefined ? {} : { secondsLeft }),
    pauses: await readPauses(output),
    damaged,
  };
}

function attemptsByShard(attempts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const attempt of attempts) {
    const [subject = ""] = attempt.split(".", 1);
    if (/^\d/.test(subject)) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return counts;
}

/** The attempt that has done most, for each shard. */
function furthest(open: readonly OpenShard[]): OpenShard[] {
  const best = new Map<string, OpenShard>();
  for (const one of open) {
    const other = best.get(one.shard);
    if (!other || one.packed + one.failed > other.packed + other.failed) best.set(one.shard, one);
  }
  return [...best.values()];
}

/** The number of rows whose download worked and whose image could not be made. */
function failuresToResize(outcomes: Readonly<Partial<Record<OutcomeCode, number>>>): number {
  return (Object.entries(outcomes) as [OutcomeCode, number][]).reduce(
    (sum, [code, count]) => sum + (Object.hasOwn(OUTCOMES, code) && OUTCOMES[code].status === "failed_to_resize" ? count : 0),
    0,
  );
}

function top<Name>(counts: ReadonlyMap<Name, number>): [Name, number][] {
  return [...counts].sort(([, left], [, right]) => right - left).slice(0, MAX_TOLD);
}

function forgetLeast(counts: Map<string, number>): void {
  const least = [...counts].sort(([, left], [, right]) => left - right).slice(0, counts.size - MAX_HOSTS);
  for (const [host] of least) counts.delete(host);
}

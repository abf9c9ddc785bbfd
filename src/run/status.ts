// The conductor: `prep status`, where a run stands, from its records and what lies beside them alone; reads while others write, and writes nothing.
import { stat } from "node:fs/promises";
import { OutputError } from "../core/errors.ts";
import type { OutcomeCode } from "../core/outcome.ts";
import { liveAttempts } from "../store/commit.ts";
import { readPlans } from "./download-plan.ts";
import { noOutput } from "./output-folder.ts";
import { type PauseNote, readPauses } from "./pause-notes.ts";
import { scanRecords } from "./scan-records.ts";
import { readSelection } from "./selection-record.ts";
import { hasShard } from "./shard-plan.ts";

/** How many reasons and hosts are told. */
const MAX_TOLD = 10;

/** Hosts that are counted at a time; of a record's worst hosts the least are forgotten first. */
const MAX_HOSTS = 10_000;

/** The rate is that of the shards that ended in so long before the last one. */
const RATE_WINDOW_S = 600;

/** Where a run stands. */
export interface Status {
  readonly output: string;
  /** Rows of the selection, where stage one is done in this output. */
  readonly selected?: number;
  /** Shards and rows of all plans; undefined where img2dataset planned them. */
  readonly shards?: number;
  readonly rows?: number;
  readonly shardsDone: number;
  readonly rowsDone: number;
  /** Shards of the plans without a record, those at work included. */
  readonly shardsToDo: number;
  /** Shards that processes are at work on; what another machine has begun counts as at work. */
  readonly shardsRunning: number;
  readonly packed: number;
  readonly failedToDownload: number;
  readonly failedToResize: number;
  readonly downloadedBytes: number;
  readonly storedBytes: number;
  /** The most frequent first. */
  readonly reasons: readonly (readonly [OutcomeCode, number])[];
  /** The hosts at which most samples failed; of a long run's many hosts an estimate from below. */
  readonly hosts: readonly (readonly [string, number])[];
  /** Rows a second of the last ten minutes of work; undefined where too little has ended. */
  readonly rowsPerSecond?: number;
  /** Undefined where nothing is at work. */
  readonly secondsLeft?: number;
  /** What processes wait for at the moment: nothing as a rule. */
  readonly pauses: readonly PauseNote[];
  /** Shards whose record cannot be read. */
  readonly damaged: readonly string[];
}

/** Reads where a run stands; throws OutputError where the folder is no output. */
export async function readStatus(output: string): Promise<Status> {
  if (!(await stat(output).catch(() => undefined))?.isDirectory())
    throw new OutputError(`${output} is no folder`, "Name the folder that was given as --output.");
  const plans = (await readPlans(output)).map(({ plan }) => plan);
  const selection = await readSelection(output);
  const sums = { shardsDone: 0, rowsDone: 0, packed: 0, failedToDownload: 0, failedToResize: 0, downloadedBytes: 0, storedBytes: 0 };
  const outcomes = new Map<OutcomeCode, number>();
  const hosts = new Map<string, number>();
  const ends: { readonly start: number; readonly end: number; readonly rows: number }[] = [];
  let planned = 0;
  const damaged = await scanRecords(output, ({ shard, own, counts, outcomes: more }) => {
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
    ends.push({ start: counts.start_time, end: counts.end_time, rows: counts.count });
  });
  if (plans.length === 0 && !selection && sums.shardsDone === 0 && damaged.length === 0) throw noOutput(output);
  const rows = plans.reduce((sum, { shards }) => sum + shards.inputs.reduce((more, input) => more + input.rows, 0), 0);
  const shards = plans.reduce((sum, plan) => sum + plan.shards.shards, 0);
  const running = new Set((await liveAttempts(output)).map(({ name }) => name.split(".", 1)[0] ?? "").filter((name) => /^\d/.test(name)));
  const rowsPerSecond = rateOf(ends);
  outcomes.delete("success");
  return {
    output,
    ...(selection ? { selected: selection.funnel.rowsKept } : {}),
    ...(plans.length > 0 ? { shards, rows } : {}),
    ...sums,
    shardsToDo: shards - planned,
    shardsRunning: running.size,
    reasons: top(outcomes),
    hosts: top(hosts),
    ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
    ...(rowsPerSecond !== undefined && running.size > 0 ? { secondsLeft: Math.max(0, rows - sums.rowsDone) / rowsPerSecond } : {}),
    pauses: await readPauses(output),
    damaged,
  };
}

/** Rows of the shards that ended last, over the time from the first start among them. */
function rateOf(ends: readonly { readonly start: number; readonly end: number; readonly rows: number }[]): number | undefined {
  const last = ends.reduce((latest, { end }) => Math.max(latest, end), 0);
  const recent = ends.filter(({ end }) => end > last - RATE_WINDOW_S);
  const first = recent.reduce((earliest, { start }) => Math.min(earliest, start), last);
  const seconds = last - first;
  return seconds > 0 ? recent.reduce((sum, { rows }) => sum + rows, 0) / seconds : undefined;
}

function top<Name>(counts: ReadonlyMap<Name, number>): [Name, number][] {
  return [...counts].sort(([, left], [, right]) => right - left).slice(0, MAX_TOLD);
}

function forgetLeast(counts: Map<string, number>): void {
  const least = [...counts].sort(([, left], [, right]) => left - right).slice(0, counts.size - MAX_HOSTS);
  for (const [host] of least) counts.delete(host);
}

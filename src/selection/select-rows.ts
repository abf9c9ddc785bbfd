// Runs a query over metadata into shuffled partitions and their record, or finds them done.

import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { IncompleteError, OutputError } from "../core/errors.ts";
import { plural } from "../core/units.ts";
import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import { identityDigest } from "../job/identity.ts";
import { partitionMark } from "../metadata/columns/partition-mark.ts";
import { asInputError } from "../metadata/input-errors.ts";
import { claimOrWait, TRY_LATER } from "../output/concurrent-starts.ts";
import { refuseForeignSelection } from "../output/names/refuse-foreign.ts";
import { refuseInputsAt } from "../output/names/refuse-inputs.ts";
import type { OpenOutput } from "../output/open-output.ts";
import { finishedSelection, SELECTION_FORMAT_VERSION, type SelectionRecord } from "../output/records/selection-record.ts";
import { forgetStart, keepStart } from "../output/records/start-record.ts";
import { WORK } from "../output/work-folders.ts";
import { ORDER_FORMAT } from "../partition/row-hash.ts";
import { readPlan } from "../query/query-plan.ts";
import type { Database } from "../sql/database.ts";
import { asRunError, toSqlError } from "../sql/errors.ts";
import { interruptible } from "../sql/interruptible.ts";
import type { Claim } from "../store/locks/claim.ts";
import { storeAt } from "../store/store-at.ts";
import { asOutputError, asRemovedError } from "../store/system-errors.ts";
import { type OpenSelection, openSelection, readRequest, type SelectionRequest } from "./open-selection.ts";
import type { SelectionJob } from "./phase.ts";
import { shuffleSelection } from "./shuffle-selection.ts";
import { type Maker, openWorkFolder, type WorkFolder } from "./work-folder.ts";

/**
 * Runs stage one into an output, or finds it done. Throws before any work if the input, the query or the output is wrong, or if an
 * input lies where the verb writes.
 */
export async function selectRows(
  config: SelectionConfig,
  samplesPerShard: number,
  opened: OpenOutput,
  resources: Resources,
  effects: RunEffects,
): Promise<SelectionRecord> {
  const output = opened.path;
  const request = await readRequest(config, effects, output);
  const { path } = request.query;
  await refuseInputsAt(output, path === undefined ? [] : [resolve(effects.directory, path)], opened.isTaken);
  const store = storeAt(output);
  const attempt = store.attempt("selection");
  const tempDirectory = resources.tempDirectory && join(resources.tempDirectory, attempt.id);
  const job: SelectionJob = { config, samplesPerShard, output, resources: { ...resources, tempDirectory }, attempt, effects };
  try {
    const record = await withThreads(resources.threads, config.isShuffled ? 1 : ORDERED_THREADS, (threads, isFirst) =>
      selectWith(request, { ...job, resources: { ...job.resources, threads } }, isFirst, opened),
    );
    // Nothing is left to continue: the partitions are all that was asked for, and their record has the command.
    if (effects.start?.started.verb === "filter") await forgetStart(output, effects.start);
    return record;
  } catch (error) {
    effects.signal.throwIfAborted();
    const known = asOutputError(await asInputError(error, request.files), "writing partitions");
    await forgetStart(output, effects.start);
    throw asRemovedError(asRunError(known, `selecting rows by ${request.query.path ?? "the query"}`), "writing partitions");
  } finally {
    await attempt.abandon();
    if (tempDirectory) await rm(tempDirectory, { recursive: true, force: true });
    await store.removeDeadFiles();
    // A selection that failed leaves no sign of itself; another start's files keep their folders.
    await store.removeEmptyFolders(join("_prep", "tmp"), WORK, "_prep");
  }
}

/** With one thread DuckDB's COPY writes the last rows of the first branch of a UNION ALL after the second branch. With two it keeps the order. */
const ORDERED_THREADS = 2;

/**
 * Tries other numbers of threads when DuckDB runs out of memory. Its sort fails at some numbers and limits and not at neighbouring ones:
 * 8 million rows with one thread fail at 1.5 and 2 GB, and not at 1 and 3 GB.
 */
async function withThreads<T>(threads: number, fewest: number, work: (threads: number, isFirst: boolean) => Promise<T>): Promise<T> {
  const wanted = [threads, 2, Math.ceil(threads / 2), 4, 1].map((choice) => Math.max(fewest, choice));
  const choices = [...new Set(wanted)].filter((choice) => choice <= Math.max(threads, 4));
  for (const [index, choice] of choices.entries()) {
    try {
      return await work(choice, index === 0);
    } catch (error) {
      if (index === choices.length - 1 || !/^Out of Memory/.test(toSqlError(error).type)) throw error;
    }
  }
  throw new IncompleteError("no number of threads was tried");
}

async function selectWith(request: SelectionRequest, job: SelectionJob, isFirst: boolean, opened: OpenOutput): Promise<SelectionRecord> {
  const { attempt, effects, output, samplesPerShard } = job;
  const open = await openSelection(request, samplesPerShard, attempt.folder, job.resources, isFirst ? effects.emit : () => undefined);
  let claim: Claim | undefined;
  let work: WorkFolder | undefined;
  try {
    return await interruptible([open.database], effects.signal, async () => {
      const paths = open.inputs.map(({ path }) => path);
      await refuseInputsAt(output, paths, opened.isTaken);
      await refuseForeignSelection(output);
      const done = await finishedSelection(output, open.identity);
      if (done) return reported(done, true, job);
      await opened.makeFolder();
      const text = `another start is selecting rows for ${output}`;
      claim = await claimOrWait(output, "selection", effects, text);
      if (!claim) throw new IncompleteError(text, TRY_LATER);
      // Asked again, because another process may have held the claim until now.
      const made = await finishedSelection(output, open.identity);
      if (made) return reported(made, true, job);
      await attempt.begin();
      await keepStart(output, effects.start);
      const { isRepeatable } = await readPlan(open.database, "selection");
      const maker = await makerOf(open.database);
      work = await openWorkFolder(output, identityDigest(open.identity), maker, isRepeatable, attempt);
      if (work.isBegunAnew && isFirst)
        effects.emit({ event: "notice", text: "another version of prep or DuckDB began this selection: it begins again" });
      return await shuffleAndCommit(open, isRepeatable, work, maker, job);
    });
  } catch (error) {
    // Another start that finished first may have removed the files of this attempt.
    const winner = effects.signal.aborted ? undefined : await finishedSelection(output, open.identity);
    if (winner) return reported(winner, true, job);
    throw await asInputError(error, open.inputs);
  } finally {
    open.database.close();
    // Removed even if another start finished first. After a kill it stays, and the next start continues from it.
    await work?.remove();
    await claim?.release();
  }
}

async function shuffleAndCommit(
  open: OpenSelection,
  isRepeatable: boolean,
  work: WorkFolder,
  maker: Maker,
  job: SelectionJob,
): Promise<SelectionRecord> {
  const { attempt, effects, output, config } = job;
  const { selection, identity } = open;
  const digest = identityDigest(identity);
  const columns = {
    urlColumn: selection.urlColumn,
    ...(selection.captionColumn === undefined ? {} : { captionColumn: selection.captionColumn }),
  };
  const {
    rowsRead,
    rows,
    partitions,
    columns: stored,
    checksum,
    duplicates,
  } = await shuffleSelection(open, isRepeatable, work, partitionMark(columns).value, job);
  const record: SelectionRecord = {
    format_version: SELECTION_FORMAT_VERSION,
    attempt: attempt.id,
    files: [{ name: "partitions", bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0) }],
    selection: digest,
    identity,
    ...columns,
    columns: stored,
    partitions,
    funnel: { rowsRead, rowsKept: rows, ...(selection.isShare ? {} : { isShare: false }) },
    ...(checksum ? { checksum } : {}),
    ...(duplicates === undefined ? {} : { duplicates }),
    metadata: config.metadata,
    ...(effects.start ? { command: effects.start.command } : {}),
    versions: { prep: effects.version, duckdb: maker.engine, node: process.version },
  };
  if (duplicates) {
    const text = `${plural(duplicates, "row is", "rows are")} equal in every column to another one and lie side by side; SELECT DISTINCT removes them`;
    effects.emit({ event: "notice", text });
  }
  await work.takePartitions(attempt);
  if (await attempt.commit("selection.json", record)) return reported(record, false, job);
  const winner = await finishedSelection(output, identity);
  if (!winner) throw new OutputError(`${output}/selection.json vanished`, "Start the same command again.");
  return reported(winner, true, job);
}

async function makerOf(database: Database): Promise<Maker> {
  const [row] = await database.rows("SELECT version() AS version");
  return { engine: String(row?.["version"]), order: ORDER_FORMAT };
}

function reported(record: SelectionRecord, isResumed: boolean, { effects }: SelectionJob): SelectionRecord {
  effects.emit({ event: "selection_finished", ...record.funnel, partitions: record.partitions.length, isResumed });
  return record;
}

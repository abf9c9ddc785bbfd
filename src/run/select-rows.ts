// The conductor, stage one: metadata and a query become shuffled partitions and a record of where they came from.
import { mkdir, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { OutputError, QueryError, UsageError } from "../core/errors.ts";
import { findMetadataFiles, type MetadataFile } from "../metadata/inputs.ts";
import { partitionMark } from "../metadata/mark.ts";
import { createMetadataView, createTableView, describeResolution } from "../metadata/view.ts";
import { checksumRows, type RowChecksum, sameRows } from "../partition/checksum.ts";
import { cutFile, defaultPartitions, type Partition } from "../partition/cut.ts";
import { type ParquetStyle, shuffleToFile } from "../partition/shuffle.ts";
import { storableSelectList } from "../partition/storable.ts";
import { findQuery } from "../query/find-query.ts";
import { prepareSelection, type Selection } from "../query/select.ts";
import { parseVariables } from "../query/variables.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { asRunError } from "../sql/errors.ts";
import { quoteList } from "../sql/text.ts";
import { Attempt, type CommitRecord, publish, readRecord, sweep, temporaryFolder } from "../store/commit.ts";
import { asOutputError, makeWritableFolder } from "../store/durable.ts";
import { fileDigest } from "../store/file-digest.ts";
import type { Resources, RunEffects, SelectionConfig } from "./config.ts";
import { type Identity, identityDigest, insistOnIdentity } from "./identity.ts";
import { asInputError } from "./input-errors.ts";
import { refuseFileAsOutput } from "./output-folder.ts";

/** Version of `selection.json`. */
const SELECTION_FORMAT_VERSION = 1;

/** The record of a finished selection, and the file `selection.json`. */
export interface SelectionRecord extends CommitRecord {
  /** Digest of the identity; the partitions' footers and the run's identity name it. */
  readonly selection: string;
  readonly identity: Identity;
  readonly urlColumn: string;
  readonly captionColumn?: string;
  readonly columns: readonly ColumnType[];
  readonly partitions: readonly Partition[];
  readonly funnel: { readonly rowsRead: number; readonly rowsKept: number };
  readonly checksum: RowChecksum;
  readonly metadata: readonly string[];
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** Runs stage one into `output`, or finds it done; throws before any work where the input, the query or the output is wrong. */
export async function selectRows(
  config: SelectionConfig,
  samplesPerShard: number,
  output: string,
  resources: Resources,
  effects: RunEffects,
): Promise<SelectionRecord> {
  const variables = parseVariables(config.variables);
  const tablePatterns = parseTables(config.tables);
  const files = await findMetadataFiles(config.metadata);
  const query = await findQuery(config.query, {
    directory: effects.directory,
    packageQueries: effects.packageQueries,
    verbs: effects.verbs,
  });
  await refuseFileAsOutput(output);
  const attempt = new Attempt(output, "selection");
  const spill = resources.tempDirectory ? join(resources.tempDirectory, attempt.id) : join(attempt.folder, "spill");
  const database = await Database.open({ threads: resources.threads, memoryLimitBytes: resources.memoryLimitBytes, tempDirectory: spill });
  const stop = () => database.interrupt();
  effects.signal.addEventListener("abort", stop, { once: true });
  const tables: MetadataFile[] = [];
  try {
    const columns = await createMetadataView(database, files, { swappedSizes: config.swappedSizes });
    for (const text of columns.notices) effects.emit({ event: "notice", text });
    effects.emit({ event: "resolved", lines: describeResolution(columns) });
    for (const { name, pattern } of tablePatterns) tables.push(...(await createTableView(database, name, pattern)).files);
    await database.fence(
      [...files, ...tables].map(({ path }) => path),
      [attempt.folder],
    );
    const selection = await prepareSelection(database, query, variables, columns);
    for (const text of selection.notices) effects.emit({ event: "notice", text });
    const identity: Identity = {
      query: selection.canonicalText,
      variables: selection.variables,
      inputs: [...files, ...tables].map(({ path, bytes }) => `${basename(path)} ${bytes}`),
      swapped_sizes: config.swappedSizes,
      seed: config.seed,
      partitions: config.partitions ?? `default for ${samplesPerShard} samples a shard`,
      compression: config.compression,
      row_group_rows: config.rowGroupRows,
    };
    const done = await finishedSelection(output, identity);
    if (done) {
      effects.emit({ event: "selection_finished", ...done.funnel, partitions: done.partitions.length, isResumed: true });
      return done;
    }
    await makeWritableFolder(output);
    await attempt.begin();
    await mkdir(attempt.path("partitions"));
    const committed = async () => {
      const record = await writePartitions(database, selection, identity, files, config, samplesPerShard, attempt, effects);
      return (await attempt.commit("selection.json", record)) ? record : undefined;
    };
    const record = await committed().catch(async (error: unknown) => {
      // Another start that was first may have swept this attempt's files away.
      if (effects.signal.aborted || !(await finishedSelection(output, identity))) throw error;
    });
    const selected = record ?? (await finishedSelection(output, identity));
    if (!selected) throw new OutputError(`${output}/selection.json vanished`, "Start again.");
    effects.emit({ event: "selection_finished", ...selected.funnel, partitions: selected.partitions.length, isResumed: !record });
    return selected;
  } catch (error) {
    effects.signal.throwIfAborted();
    const known = asOutputError(await asInputError(error, [...files, ...tables]), "writing partitions");
    throw asRunError(known, `selecting rows by ${query.path ?? "the query"}`);
  } finally {
    effects.signal.removeEventListener("abort", stop);
    database.close();
    await attempt.abandon();
    await rm(spill, { recursive: true, force: true });
    await removeIfEmpty(temporaryFolder(output), join(output, "_prep"));
  }
}

/** A selection that failed leaves no sign of itself; another start's files keep their folders. */
async function removeIfEmpty(...folders: string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

/** `name=glob` of `--table`. */
function parseTables(texts: readonly string[]): { name: string; pattern: string }[] {
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1 || equals === text.length - 1)
      throw new UsageError(`--table ${text} is not name=glob`, 'Write --table safety="tags/*.parquet".');
    return { name: text.slice(0, equals), pattern: text.slice(equals + 1) };
  });
}

/** The selection that an output holds, published; undefined where it holds none. Refuses one of another identity. */
export async function finishedSelection(output: string, identity?: Identity): Promise<SelectionRecord | undefined> {
  const record = (await readRecord(join(output, "selection.json"))) as SelectionRecord | undefined;
  if (!record) return undefined;
  if (record.format_version !== SELECTION_FORMAT_VERSION) {
    throw new OutputError(`${output}/selection.json is of format ${record.format_version}`, "Finish it with the version that began it.");
  }
  if (identity) insistOnIdentity(output, "selection", record.identity, identity);
  const lost = await publish(output, record);
  if (lost.length > 0) throw new OutputError(`the partitions of ${output} are gone`, "Remove selection.json to make them again.");
  await sweep(output, (subject) => subject === "selection");
  return record;
}

async function writePartitions(
  database: Database,
  selection: Selection,
  identity: Identity,
  files: readonly MetadataFile[],
  config: SelectionConfig,
  samplesPerShard: number,
  attempt: Attempt,
  effects: RunEffects,
): Promise<SelectionRecord> {
  const names = selection.columns.map(({ name }) => name);
  const style: ParquetStyle = { compression: config.compression, rowGroupRows: config.rowGroupRows };
  const [total] = await database.rows("SELECT count(*) AS n FROM metadata");
  const rowsRead = Number(total?.["n"]);
  effects.emit({
    event: "selection_started",
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    rows: rowsRead,
  });
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const ticking = setInterval(() => {
      effects.emit({ event: "selection_progress", phase: name, percentage: Math.max(0, database.progress().percentage) });
    }, 250);
    try {
      return await work();
    } finally {
      clearInterval(ticking);
    }
  };
  const storable = `(SELECT ${storableSelectList(selection.columns)} FROM selection)`;
  const before = selection.isDeterministic ? await phase("count", () => checksumRows(database, storable, names)) : undefined;
  if (before?.rows === 0) throw emptyError(rowsRead);
  const sorted = attempt.path("sorted.parquet");
  const rowsKept = await phase("shuffle", () => shuffleToFile(database, selection.columns, config.seed, sorted, style));
  if (rowsKept === 0) throw emptyError(rowsRead);
  const count = config.partitions ?? defaultPartitions(rowsKept, samplesPerShard);
  const digest = identityDigest(identity);
  const mark = partitionMark({
    selection: digest,
    urlColumn: selection.urlColumn,
    ...(selection.captionColumn === undefined ? {} : { captionColumn: selection.captionColumn }),
  });
  const partitions: Partition[] = [];
  const paths: string[] = [];
  for await (const partition of cutFile(
    database,
    sorted,
    rowsKept,
    count,
    (name) => attempt.path(join("partitions", name)),
    style,
    mark.value,
  )) {
    effects.signal.throwIfAborted();
    partitions.push(partition);
    paths.push(attempt.path(join("partitions", partition.name)));
    effects.emit({ event: "selection_progress", phase: "write", percentage: (100 * partitions.length) / count });
  }
  // What the query returns now and what the partitions hold must be the same rows; a query that rolls dice is checked from the sort on.
  const wanted = before ?? (await phase("check", () => checksumRows(database, `read_parquet(${quoteList([sorted])})`, names)));
  const written = await phase("check", () => checksumRows(database, `read_parquet(${quoteList(paths)})`, names));
  if (!sameRows(wanted, written)) {
    throw new Error(`the partitions hold other rows than the selection (${JSON.stringify(written)} instead of ${JSON.stringify(wanted)})`);
  }
  await rm(sorted);
  let bytes = 0;
  for (const path of paths) bytes += (await fileDigest(path)).bytes;
  return {
    format_version: SELECTION_FORMAT_VERSION,
    attempt: attempt.id,
    files: [{ name: "partitions", bytes }],
    selection: digest,
    identity,
    urlColumn: selection.urlColumn,
    ...(selection.captionColumn === undefined ? {} : { captionColumn: selection.captionColumn }),
    columns: selection.columns,
    partitions,
    funnel: { rowsRead, rowsKept },
    checksum: written,
    metadata: files.map(({ path }) => path),
    versions: { prep: effects.version, node: process.version },
  };
}

function emptyError(rowsRead: number): QueryError {
  return new QueryError(
    `the query keeps none of ${rowsRead} rows`,
    "Loosen its conditions; remember that a comparison with NULL is never true.",
  );
}

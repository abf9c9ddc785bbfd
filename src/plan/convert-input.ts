// The conductor: a text file of a list becomes parquet in the output's work folder, once, however often the run is started.
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { RunEffects } from "../job/config.ts";
import { identityDigest } from "../job/identity.ts";
import { type TextTable, writeTextTable } from "../metadata/text/files.ts";
import type { TextSource } from "../metadata/text/reader.ts";
import { INPUTS } from "../output/names/output-names.ts";
import { Database } from "../sql/database.ts";
import { asRunError } from "../sql/errors.ts";
import { interruptible } from "../sql/interruptible.ts";
import { type CommitRecord, DamagedRecordError } from "../store/commit-record.ts";
import type { Attempt } from "../store/store.ts";
import { localStoreAt, storeAt } from "../store/store-at.ts";
import { asOutputError } from "../store/system-errors.ts";
import { asTextError } from "./open-inputs.ts";

/** Version of a conversion's record. */
const FORMAT_VERSION = 1;

/** What reading a text file may hold in DuckDB; it spills beyond. */
const MEMORY_BYTES = 1e9;

/** A text file as parquet. */
export interface ConvertedInput extends TextTable {
  /** Relative to the output. */
  readonly path: string;
}

interface ConversionRecord extends CommitRecord, TextTable {
  readonly source: string;
}

/**
 * The parquet of a text file, made now or by an earlier start, perhaps of a file that lay elsewhere then: `known`, relative
 * to the output. `print` tells apart files of one name and size. A kill leaves nothing that counts; of two starts at once
 * one makes it and both use it.
 */
export async function convertInput(
  output: string,
  source: TextSource,
  print: string,
  effects: RunEffects,
  known?: string,
): Promise<ConvertedInput> {
  const before = known === undefined ? undefined : await finishedConversion(output, known.replace(/parquet$/, "json"));
  if (known !== undefined && before) return { ...before, path: known };
  const digest = identityDigest({ ...source, print, format_version: FORMAT_VERSION });
  const path = join(INPUTS, `${digest}.parquet`);
  const recordName = join(INPUTS, `${digest}.json`);
  const done = await finishedConversion(output, recordName);
  if (done) return { ...done, path };
  const store = localStoreAt(output);
  await store.makeFolder(INPUTS);
  const attempt = store.attempt("input");
  // Folders of starts that were killed are removed.
  await store.otherAttempts("input", attempt.id);
  await attempt.begin();
  try {
    await localStoreAt(attempt.folder).makeFolder(INPUTS);
    const table = await write(source, attempt, path, effects);
    const written = await attempt.handOver(path);
    await localStoreAt(attempt.folder).sync(INPUTS);
    const record: ConversionRecord = {
      format_version: FORMAT_VERSION,
      attempt: attempt.id,
      files: [{ name: path, ...written }],
      source: source.path,
      ...table,
    };
    const isFirst = await attempt.commit(recordName, record);
    await store.sync(INPUTS);
    if (isFirst) return { ...table, path };
    const winner = await finishedConversion(output, recordName);
    return { ...(winner ?? table), path };
  } catch (error) {
    effects.signal.throwIfAborted();
    throw asRunError(asOutputError(asTextError(source.path, error), `reading ${source.path}`), `reading ${source.path}`);
  } finally {
    await attempt.abandon();
  }
}

/** Removes what of these tables is a conversion, and the folders that are empty without them: a list of nothing leaves no output. */
export async function forgetConversions(output: string, tables: readonly string[]): Promise<void> {
  const store = storeAt(output);
  for (const path of tables.filter((name) => dirname(name) === INPUTS)) {
    await store.remove(path.replace(/parquet$/, "json"));
    await store.remove(path);
  }
  // One that holds something stays, and so does what an output with a plan needs.
  await store.removeEmptyFolders(INPUTS);
  const others = await store.names("_prep").catch(() => []);
  if (others.some((name) => name !== "tmp")) return;
  await store.removeEmptyFolders(join("_prep", "tmp"), "_prep");
}

async function write(source: TextSource, attempt: Attempt, path: string, { signal }: RunEffects): Promise<TextTable> {
  const threads = Math.min(4, availableParallelism());
  const database = await Database.open({ threads, memoryLimitBytes: MEMORY_BYTES, tempDirectory: attempt.path("spill") });
  try {
    const write = () => writeTextTable(database, source, attempt.folder, attempt.path(path), signal);
    return await interruptible([database], signal, write);
  } finally {
    database.close();
  }
}

async function finishedConversion(output: string, recordName: string): Promise<ConversionRecord | undefined> {
  const store = storeAt(output);
  try {
    const record = (await store.readRecord(recordName)) as ConversionRecord | undefined;
    if (!record) return undefined;
    if ((await store.publish(record)).length === 0) return record;
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error;
  }
  // Somebody removed the file, or the record is torn: it is made again.
  await store.remove(recordName);
  return undefined;
}

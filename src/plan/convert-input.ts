// Converts a text input to parquet in the output, once for all starts.
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { RunEffects } from "../job/config.ts";
import { identityDigest } from "../job/identity.ts";
import { type TextTable, writeTextTable } from "../metadata/text/read-text-files.ts";
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

/** DuckDB's memory limit for reading a text file. Beyond it DuckDB spills. */
const MEMORY_BYTES = 1e9;

/** A text file that was converted to parquet. */
export interface ConvertedInput extends TextTable {
  /** Path of the parquet file, relative to the output. */
  readonly path: string;
}

interface ConversionRecord extends CommitRecord, TextTable {
  readonly source: string;
}

/**
 * Converts a text file, or finds the conversion of an earlier start. `known` is a conversion's path relative to the output, in case
 * the text file was moved since. The fingerprint distinguishes files of equal name and size. A kill leaves no
 * conversion. If two starts convert at once, both use the same result. Throws InputError for a file that cannot be read.
 */
export async function convertInput(
  output: string,
  source: TextSource,
  fingerprint: string,
  effects: RunEffects,
  known?: string,
): Promise<ConvertedInput> {
  const before = known === undefined ? undefined : await finishedConversion(output, known.replace(/parquet$/, "json"));
  if (known !== undefined && before) return { ...before, path: known };
  const digest = identityDigest({ ...source, print: fingerprint, format_version: FORMAT_VERSION });
  const path = join(INPUTS, `${digest}.parquet`);
  const recordName = join(INPUTS, `${digest}.json`);
  const done = await finishedConversion(output, recordName);
  if (done) return { ...done, path };
  const store = localStoreAt(output);
  await store.makeFolder(INPUTS);
  const attempt = store.attempt("input");
  // Removes the folders of starts that were killed.
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

/** Removes those of these tables that are conversions, and folders that become empty. An input without rows leaves no output. */
export async function forgetConversions(output: string, tables: readonly string[]): Promise<void> {
  const store = storeAt(output);
  for (const path of tables.filter((name) => dirname(name) === INPUTS)) {
    await store.remove(path.replace(/parquet$/, "json"));
    await store.remove(path);
  }
  // Folders with other files stay, and so does everything in an output that has a plan.
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
  // The file was removed, or the record is torn: the file is converted again.
  await store.remove(recordName);
  return undefined;
}

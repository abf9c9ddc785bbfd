// Opens the database of a query: the metadata, the tables beside it, the functions, and the fence.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError, UsageError } from "../core/errors.ts";
import { readEntries, urlEntry } from "../fetch/rights/block-list-lines.ts";
import { BLOCK_LIST_TABLE, createBlockList } from "../functions/block-list.ts";
import { createFunctions } from "../functions/create-functions.ts";
import type { Resources, SelectionConfig } from "../job/config.ts";
import type { RunEvent } from "../job/events.ts";
import { createMetadataView, createTableView, describeResolution, type MetadataColumns } from "../metadata/columns/view.ts";
import type { MetadataFile } from "../metadata/find/find-files.ts";
import { fingerprintFiles } from "../metadata/find/fingerprint.ts";
import { fingerprintRemoteFiles, isRemote } from "../metadata/find/remote.ts";
import { Database } from "../sql/database.ts";

/** The parts of a `--table name=glob`. */
export interface NamedTable {
  readonly name: string;
  readonly pattern: string;
}

/** The files and tables to read. */
export interface TablesRequest extends Pick<SelectionConfig, "swappedSizes"> {
  readonly files: readonly MetadataFile[];
  readonly tables: readonly NamedTable[];
}

/** An open database inside its fence. Close it. */
export interface OpenTables {
  readonly database: Database;
  readonly columns: MetadataColumns;
  /** Every file that the query can read. */
  readonly inputs: readonly MetadataFile[];
  /** For each of these files its table, name, size and fingerprint, as identities have them. */
  readonly inputNames: readonly string[];
}

/** Opens a database with the view `metadata`, the tables and the functions. It can read only the inputs and write only to `folder`. */
export async function openTables(
  { files, tables, swappedSizes }: TablesRequest,
  folder: string,
  { memoryLimitBytes, threads, tempDirectory }: Resources,
  emit: (event: RunEvent) => void,
): Promise<OpenTables> {
  const database = await Database.open({ threads, memoryLimitBytes, tempDirectory: tempDirectory ?? join(folder, "spill") });
  try {
    const columns = await createMetadataView(database, files, { swappedSizes, folder });
    for (const text of columns.notices) emit({ event: "notice", text });
    emit({ event: "resolved", lines: describeResolution(columns) });
    await createFunctions(database);
    const inputs = [...files];
    const named = files.map((file) => ({ table: "", file }));
    for (const { name, pattern } of tables) {
      const read =
        name === BLOCK_LIST_TABLE ? await openBlockList(database, pattern) : await openTable(database, name, pattern, folder, emit);
      inputs.push(...read);
      named.push(...read.map((file) => ({ table: `${name}=`, file })));
    }
    const fingerprints = new Map([
      ...(await fingerprintFiles(inputs.filter(({ path }) => !isRemote(path)))),
      ...(await fingerprintRemoteFiles(
        database,
        inputs.filter(({ path }) => isRemote(path)),
      )),
    ]);
    const inputNames = named.map(({ table, file }) => `${table}${nameIn(file)} ${file.bytes} ${fingerprints.get(file.path)}`);
    await database.fence(
      inputs.map(({ path }) => path),
      [folder],
    );
    return { database, columns, inputs, inputNames };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file's name, after those `key=value` folders that give its rows a value. */
function nameIn({ path, hiveKeys = [] }: MetadataFile): string {
  const keys = new Set(hiveKeys);
  const folders = dirname(path).split("/");
  return [...folders.filter((folder) => keys.has(folder.split("=", 1)[0] ?? "")).slice(-hiveKeys.length), basename(path)].join("/");
}

async function openTable(database: Database, name: string, pattern: string, folder: string, emit: (event: RunEvent) => void) {
  const { files, notices } = await createTableView(database, name, pattern, folder);
  for (const text of notices) emit({ event: "notice", text: `--table ${name}: ${text}` });
  return files;
}

/** Reads the file of `--table block_list=FILE` by the rules of --block-list. Throws InputError for lines that these refuse. */
async function openBlockList(database: Database, path: string): Promise<MetadataFile[]> {
  const file = resolve(path);
  const { size } = await stat(file).catch((error: Error) => {
    throw new InputError(`--table ${BLOCK_LIST_TABLE}=${path} cannot be read: ${error.message}`, "Name one text file.", { cause: error });
  });
  await createBlockList(database, entriesOf(file, path), urlEntry);
  return [{ path: file, bytes: size }];
}

async function* entriesOf(file: string, path: string): AsyncGenerator<string> {
  for await (const { text } of readEntries(file, createHash("sha256"), `--table ${BLOCK_LIST_TABLE}=${path}`)) yield text;
}

/** Parses the values of `--table`. Throws UsageError for a value that is not name=glob, and for a name that comes twice. */
export function parseTables(texts: readonly string[]): NamedTable[] {
  const names = new Set<string>();
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1 || equals === text.length - 1) {
      throw new UsageError(`--table ${text} is not name=glob`, 'Write --table safety="tags/*.parquet".');
    }
    const name = text.slice(0, equals);
    if (names.has(name.toLowerCase())) throw new UsageError(`--table ${name} is given twice`, "Name all its files in one glob.");
    names.add(name.toLowerCase());
    return { name, pattern: text.slice(equals + 1) };
  });
}

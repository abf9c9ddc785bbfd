// Groups files whose columns mean the same, so that each group is read by its own rules.
import { basename } from "node:path";
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { filesToRead } from "../../sql/text.ts";
import type { MetadataFile } from "../find/find-files.ts";
import { isTextFile, layoutOf } from "../formats.ts";
import { freeName, type Reading, readFiles } from "../read-files.ts";
import { textReading, textSchema } from "../text/read-text-files.ts";
import type { TextSchema } from "../text/reader.ts";
import { type Resolution, resolveColumns, type SwappedSizes } from "./canonical.ts";
import { refuseWideDecimals, type TypeShare } from "./column-types.ts";
import { readMarks } from "./partition-mark.ts";
import { pathHint } from "./recognise-dataset.ts";

/** Files whose columns mean the same, and how they are read together. */
export interface FileGroup extends Reading {
  readonly files: readonly MetadataFile[];
  readonly resolution: Resolution;
  /** Whether columns without a canonical meaning differ between the files. */
  readonly unionByName: boolean;
  /** The stored types of the columns. */
  readonly types: readonly TypeShare[];
}

/**
 * Sorts files into groups whose columns mean the same. Throws InputError that names each file whose footer is broken, or the
 * first column whose decimals DuckDB would read wrongly.
 */
export async function groupFiles(database: Database, files: readonly MetadataFile[], swappedSizes: SwappedSizes): Promise<FileGroup[]> {
  const parquet = files.filter(({ path }) => !isTextFile(path));
  const schemas = await readSchemas(database, parquet);
  await refuseWideDecimals(
    database,
    parquet.map(({ path }) => path),
  );
  const marks = await readMarks(database, parquet);
  const textSchemas = new Map<string, TextSchema>();
  for (const { path } of files) if (isTextFile(path)) textSchemas.set(path, await textSchema(database, path));
  const alike = new Map<string, MetadataFile[]>();
  for (const file of files) {
    const key = JSON.stringify([
      layoutOf(file.path),
      schemas.get(file.path) ?? textSchemas.get(file.path),
      marks.has(file.path),
      file.hiveKeys ?? [],
      pathHint(file.path),
    ]);
    const group = alike.get(key);
    if (group) group.push(file);
    else alike.set(key, [file]);
  }
  const groups = new Map<string, FileGroup>();
  for (const members of alike.values()) {
    const [first] = members;
    if (!first) continue;
    const known = textSchemas.get(first.path);
    const own = { unionByName: false, folderKeys: [], ...(known ? await textReading(database, [first.path], [known]) : {}) };
    const stored = await columnsOf(database, first, own);
    const keys = sortKeys(stored, first.hiveKeys ?? []);
    const reading = { ...own, folderKeys: keys.used, originColumn: freeName(stored) };
    const columns = await columnsOf(database, first, reading);
    const found = resolveColumns(columns, { path: first.path, marked: marks.has(first.path), swappedSizes });
    const resolution = { ...found, notices: [...found.notices, ...keys.notices] };
    // Within a group, plain columns may differ; canonical, displaced and alias columns may not.
    const { plain, ...mapping } = resolution;
    const key = JSON.stringify([layoutOf(first.path), mapping, keys.used, known?.isDoubleQuoted === true]);
    const group = groups.get(key);
    const types = columns.map(({ name, type }) => ({ name, type, files: members.length, example: basename(first.path) }));
    groups.set(key, group ? merge(group, members, plain, types) : { ...reading, files: members, resolution, types });
  }
  return await Promise.all([...groups.values()].map((group) => withText(database, group, textSchemas)));
}

/**
 * Tells which keys of `key=value` folders become columns of files with these columns. A file's own column of the same name
 * wins, with a notice.
 */
export function sortKeys(columns: readonly ColumnType[], keys: readonly string[]): { used: string[]; notices: string[] } {
  const own = new Set(columns.map(({ name }) => name.toLowerCase()));
  const unique = [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
  return {
    used: unique.filter((key) => !own.has(key.toLowerCase())),
    notices: unique
      .filter((key) => own.has(key.toLowerCase()))
      .map((key) => `${key} is a column in the files; the values of the folders ${key}=... are not used`),
  };
}

/** The group with settings that fit the text in all of its files. */
async function withText(database: Database, group: FileGroup, textSchemas: ReadonlyMap<string, TextSchema>): Promise<FileGroup> {
  const schemas = group.files.flatMap(({ path }) => [textSchemas.get(path) ?? { columns: [] }]);
  const paths = group.files.map(({ path }) => path);
  return group.unionByName ? { ...group, ...(await textReading(database, paths, schemas)) } : group;
}

function merge(group: FileGroup, files: readonly MetadataFile[], plain: readonly string[], types: readonly TypeShare[]): FileGroup {
  const known = new Set(group.resolution.plain.map((name) => name.toLowerCase()));
  const added = plain.filter((name) => !known.has(name.toLowerCase()));
  const sorted = [...group.files, ...files].sort((left, right) => (left.path < right.path ? -1 : 1));
  const resolution = { ...group.resolution, plain: [...group.resolution.plain, ...added] };
  const allTypes = [...group.types, ...types];
  return { ...group, files: sorted, unionByName: true, types: allTypes, originColumn: freeName(allTypes), resolution };
}

/** A fingerprint of each parquet file's schema, by path. Throws InputError that names every file without a readable footer. */
async function readSchemas(database: Database, files: readonly MetadataFile[]): Promise<Map<string, string>> {
  if (files.length === 0) return new Map();
  const query = (paths: readonly string[]) => `
    SELECT file_name AS path,
           md5(string_agg(concat_ws(' ', name, type, duckdb_type, logical_type, num_children), chr(10) ORDER BY column_id)) AS schema
    FROM parquet_schema(${filesToRead(paths)}) GROUP BY file_name`;
  try {
    const rows = await database.rows(query(files.map(({ path }) => path)));
    return new Map(rows.map(({ path, schema }) => [String(path), String(schema)]));
  } catch (thrown) {
    if (!(thrown instanceof SqlError)) throw thrown;
    // DuckDB does not always name the file, so each is tried by itself.
    const broken: string[] = [];
    for (const { path } of files) {
      await database.rows(query([path])).catch((error: unknown) => broken.push(`  ${path}: ${firstLine(error)}`));
    }
    throw new InputError(
      [`${broken.length} of ${plural(files.length, "parquet file")} cannot be read:`, ...broken].join("\n"),
      "Fetch the broken files again, or move them elsewhere to do without their rows.",
      { cause: thrown },
    );
  }
}

async function columnsOf(database: Database, file: MetadataFile, reading: Reading) {
  try {
    return await database.columns(`SELECT * FROM ${readFiles([file.path], reading)}`);
  } catch (thrown) {
    throw new InputError(`${file.path} cannot be read: ${firstLine(thrown)}`, "Fetch the file again.", { cause: thrown });
  }
}

function firstLine(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.split("\n", 1)[0] ?? message;
}

// Between the files and the view: which files are alike, so that each kind is read by its own rules.
import { basename } from "node:path";
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { filesToRead } from "../../sql/text.ts";
import type { MetadataFile } from "../find/inputs.ts";
import { formatOf, type Reading, readFiles } from "../formats.ts";
import { type TextSchema, textReading, textSchema } from "../text/text-schema.ts";
import { type Resolution, resolveColumns, type SwappedSizes } from "./columns.ts";
import { pathHint } from "./datasets.ts";
import { readMarks } from "./mark.ts";
import type { TypeShare } from "./mixed-types.ts";
import { refuseWideDecimals } from "./wide-decimals.ts";

/** Files whose columns mean the same. */
export interface FileGroup extends Reading {
  readonly files: readonly MetadataFile[];
  readonly resolution: Resolution;
  /** Their columns differ where it does not matter. */
  readonly unionByName: boolean;
  /** The columns of its files as they are stored. */
  readonly types: readonly TypeShare[];
}

/**
 * Sorts files into groups that are resolved alike; throws InputError that names each file whose footer is broken, or whose
 * numbers DuckDB would read wrongly.
 */
export async function groupFiles(database: Database, files: readonly MetadataFile[], swappedSizes: SwappedSizes): Promise<FileGroup[]> {
  const parquet = files.filter(({ path }) => formatOf(path) === "parquet");
  const schemas = await readSchemas(database, parquet);
  await refuseWideDecimals(
    database,
    parquet.map(({ path }) => path),
  );
  const marks = await readMarks(database, parquet);
  const textSchemas = new Map<string, TextSchema>();
  for (const { path } of files) if (formatOf(path) !== "parquet") textSchemas.set(path, await textSchema(database, path));
  const alike = new Map<string, MetadataFile[]>();
  for (const file of files) {
    const key = JSON.stringify([
      formatOf(file.path),
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
    const keys = sortKeys(await columnsOf(database, first, own), first.hiveKeys ?? []);
    const reading = { ...own, folderKeys: keys.used };
    const columns = await columnsOf(database, first, reading);
    const found = resolveColumns(columns, { path: first.path, marked: marks.has(first.path), swappedSizes });
    const resolution = { ...found, notices: [...found.notices, ...keys.notices] };
    // Columns without a meaning of ours may differ within a group; a mapping may not.
    const { plain, ...mapping } = resolution;
    const key = JSON.stringify([formatOf(first.path), mapping, keys.used, known?.isDoubleQuoted === true]);
    const group = groups.get(key);
    const types = columns.map(({ name, type }) => ({ name, type, files: members.length, example: basename(first.path) }));
    groups.set(key, group ? merge(group, members, plain, types) : { ...reading, files: members, resolution, types });
  }
  return await Promise.all([...groups.values()].map((group) => withText(database, group, textSchemas)));
}

/**
 * Which keys of `key=value` folders become columns of files with these columns: a file's own column of the same name counts,
 * which a notice says.
 */
export function sortKeys(columns: readonly ColumnType[], keys: readonly string[]): { used: string[]; notices: string[] } {
  const own = new Set(columns.map(({ name }) => name.toLowerCase()));
  const unique = [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
  return {
    used: unique.filter((key) => !own.has(key.toLowerCase())),
    notices: unique
      .filter((key) => own.has(key.toLowerCase()))
      .map((key) => `${key} is the files' own column; what the folders ${key}=... say is not used`),
  };
}

/** A group of text files is read by what all of its files hold. */
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
  return { ...group, files: sorted, unionByName: true, types: [...group.types, ...types], resolution };
}

/** A fingerprint of each parquet file's schema, by path. */
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
    // DuckDB does not always say which file it was.
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

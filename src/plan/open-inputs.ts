// Opens the inputs of a download: finds the files, their columns and rows, and checks them.
import { basename } from "node:path";
import { InputError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { shellWord } from "../core/shell-word.ts";
import { formatCount, plural } from "../core/units.ts";
import type { ShapeConfig } from "../job/config.ts";
import type { Identity } from "../job/identity.ts";
import { captionColumn } from "../metadata/columns/canonical.ts";
import { mixedTypeNotices, refuseWideDecimals } from "../metadata/columns/column-types.ts";
import { readMarks } from "../metadata/columns/partition-mark.ts";
import { findInputFiles, type InputFile } from "../metadata/find/download-files.ts";
import { fingerprintFiles } from "../metadata/find/fingerprint.ts";
import { formatFacts, type InputFormat, isTextFormat, type TextFormat } from "../metadata/formats.ts";
import { filledFiles } from "../metadata/text/check-text.ts";
import { textColumns } from "../metadata/text/read-text-files.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { asRunError, toSqlError } from "../sql/errors.ts";
import { filesToRead, parquetFiles, quoteList } from "../sql/text.ts";
import { insistOnRows } from "./insist-on-rows.ts";
import { insistOnTypes, refuseBinaryCaptions } from "./insist-on-types.ts";
import { type NeededColumns, neededColumns, neededNames } from "./needed-columns.ts";
import { inputEntry } from "./run-identity.ts";

/** A file of a list, as its head or footer describes it. */
export interface ListedFile extends InputFile {
  /** Names of its columns, as the file writes them. */
  readonly names: readonly string[];
  /** Number of rows of a parquet file. Rows of a text file are counted when it is read. */
  readonly rows: number | undefined;
  /** Columns of a parquet file. Columns of a text file get their types when it is read. */
  readonly columns: readonly ColumnType[] | undefined;
}

/** The opened inputs of a download. */
export interface OpenInputs {
  readonly files: readonly ListedFile[];
  readonly needed: NeededColumns;
  /** Whether all files are partitions of prep, which are cut into equal shards. */
  readonly isOurs: boolean;
  /** The part of the run's identity that belongs to its inputs. */
  readonly identity: Identity;
  /** Fingerprints by path. They distinguish files of equal name and size. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
}

/** Opens files, folders and globs, before any work. Throws InputError for a file that cannot be read and for a missing column. */
export async function openInputs(inputs: readonly string[], format: InputFormat | undefined, shape: ShapeConfig): Promise<OpenInputs> {
  const listed = await findInputFiles(inputs, format);
  const { filled: found, notices: emptyNotices } = await filledFiles(listed.files, (file) => isTextFormat(file.format));
  const fingerprints = await fingerprintFiles(found);
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    const files = await listFiles(database, found);
    // A table without rows is not checked: pandas writes its columns without types.
    const filled = files.some(({ rows }) => rows !== 0) ? files.filter(({ rows }) => rows !== 0) : files;
    const [first] = filled;
    // A txt list has one column, whatever --url-col says, as in img2dataset.
    const onlyColumn = first && formatFacts(first.format).onlyColumn;
    const asked = onlyColumn === undefined ? shape : { ...shape, urlColumn: onlyColumn };
    const needed = neededColumns(first?.names ?? [], asked, first?.path ?? "the input");
    insistOnColumns(filled, needed);
    for (const { path, columns = [] } of filled) {
      insistOnTypes(columns, needed, path);
      refuseBinaryCaptions(columns, needed, path);
    }
    // Text files must be read for this.
    if (files.every(({ rows }) => rows !== undefined))
      insistOnRows(
        files.map(({ rows = 0 }) => ({ rows })),
        [],
      );
    const parquet = found.filter((file) => !isTextFormat(file.format));
    await refuseWideDecimals(
      database,
      parquet.map(({ path }) => path),
      neededNames(needed),
    );
    const marks = await readMarks(database, parquet);
    const identity = { inputs: files.map((file) => inputEntry(file, fingerprints.get(file.path))) };
    const notices = [
      ...listed.notices,
      ...emptyNotices,
      ...(await parquetTypeNotices(
        database,
        filled.filter((file) => !isTextFormat(file.format)),
        needed,
      )),
      ...extraColumnNotices(filled, shape),
      ...markNotices(marks.size, found.length),
      ...captionNotices(first, shape),
    ];
    return { files, needed, isOurs: marks.size === found.length, identity, fingerprints, notices };
  } catch (error) {
    throw asRunError(error, "reading the input");
  } finally {
    database.close();
  }
}

async function listFiles(database: Database, found: readonly InputFile[]): Promise<ListedFile[]> {
  const paths = found.filter(({ format }) => !isTextFormat(format)).map(({ path }) => path);
  const rows = new Map<string, number>();
  const columns = new Map<string, readonly ColumnType[]>();
  if (paths.length > 0) {
    for (const footer of await database.rows(`SELECT file_name, num_rows FROM parquet_file_metadata(${filesToRead(paths)})`))
      rows.set(String(footer["file_name"]), Number(footer["num_rows"]));
    const schemas = new Map<string, readonly ColumnType[]>();
    // The schema includes the names of nested fields. Files of one schema are asked for their columns once.
    const schema = "md5(string_agg(concat_ws(' ', name, num_children, duckdb_type), chr(10) ORDER BY column_id))";
    const schemaRows = await database.rows(
      `SELECT file_name, ${schema} AS digest FROM parquet_schema(${filesToRead(paths)}) GROUP BY file_name`,
    );
    for (const { file_name: path, digest } of schemaRows) {
      const known = schemas.get(String(digest)) ?? (await database.columns(`SELECT * FROM ${parquetFiles(String(path))}`));
      schemas.set(String(digest), known);
      columns.set(String(path), known);
    }
  }
  const files: ListedFile[] = [];
  for (const file of found) {
    if (isTextFormat(file.format)) {
      files.push({ ...file, names: await textNames(database, file.path, file.format), rows: undefined, columns: undefined });
    } else {
      const own = columns.get(file.path) ?? [];
      files.push({ ...file, names: own.map(({ name }) => name), rows: rows.get(file.path) ?? 0, columns: own });
    }
  }
  return files;
}

async function textNames(database: Database, path: string, format: TextFormat): Promise<string[]> {
  return await textColumns(database, path, format).catch((error: unknown) => {
    throw asTextError(path, error);
  });
}

/** The InputError for an error of DuckDB in a JSON file. Returns anything else unchanged. */
export function asTextError(path: string, thrown: unknown): unknown {
  if (thrown instanceof InputError) return thrown;
  const error = toSqlError(thrown);
  if (!/\bjson\b/i.test(error.message) || error.type !== "Invalid Input") return thrown;
  return new InputError(
    `${path} cannot be read: ${error.message.trim()}`,
    "Fix it, or write one object a line (jsonl), where a broken object costs only its line.",
    {
      cause: error,
    },
  );
}

/** Throws InputError if a file lacks a needed column of the first file. Workers read the files one at a time, so all need them. */
function insistOnColumns(files: readonly ListedFile[], columns: NeededColumns): void {
  const needed = neededNames(columns);
  for (const { path, names } of files) {
    const present = new Set(names.map((name) => name.toLowerCase()));
    const missing = needed.filter((name) => !present.has(name.toLowerCase()));
    if (missing.length === 0) continue;
    const nearest = nearestName(missing[0] ?? "", names);
    throw new InputError(
      `${path} has no column ${missing.join(", ")}, which ${files[0]?.path} has; it has ${names.join(", ")}`,
      `${nearest ? `It may be called ${nearest} there. ` : ""}Download files with different columns one by one into one output, with --incremental-mode extend.`,
    );
  }
}

function extraColumnNotices(files: readonly ListedFile[], shape: ShapeConfig): string[] {
  if (shape.additionalColumns !== "all") return [];
  const known = new Set((files[0]?.names ?? []).map((name) => name.toLowerCase()));
  const extra = new Set(files.flatMap(({ names }) => names.filter((name) => !known.has(name.toLowerCase()))));
  if (extra.size === 0) return [];
  return [
    `${[...extra].join(", ")}: not carried, because the first file, ${basename(files[0]?.path ?? "")}, does not have ${extra.size === 1 ? "it" : "them"}`,
  ];
}

function markNotices(marked: number, all: number): string[] {
  if (marked === 0 || marked === all) return [];
  return [`${formatCount(marked)} of ${plural(all, "file")} are partitions of prep and the others are not: all are taken as a list`];
}

/** A notice if the input has a caption column that the options do not name. */
function captionNotices(first: ListedFile | undefined, shape: ShapeConfig): string[] {
  const name = captionColumn(first?.names ?? []);
  const isKept =
    shape.withCaption ||
    shape.additionalColumns === "all" ||
    shape.additionalColumns.some((kept) => kept.toLowerCase() === name?.toLowerCase());
  return name === undefined || isKept ? [] : [`the column ${name} is not stored: --caption-col ${shellWord(name)} stores it as captions`];
}

async function parquetTypeNotices(database: Database, files: readonly InputFile[], needed: NeededColumns): Promise<string[]> {
  if (files.length < 2) return [];
  const names = neededNames(needed).map((name) => name.toLowerCase());
  const rows = await database.rows(
    `SELECT name, duckdb_type AS type, count(DISTINCT file_name) AS files, min(file_name) AS example
     FROM parquet_schema(${filesToRead(files.map(({ path }) => path))})
     WHERE lower(name) IN (SELECT unnest(${quoteList(names)})) AND duckdb_type IS NOT NULL GROUP BY ALL ORDER BY name, files DESC, type`,
  );
  return mixedTypeNotices(
    rows.map(({ name, type, files: count, example }) => ({
      name: String(name),
      type: String(type),
      files: Number(count),
      example: basename(String(example)),
    })),
  );
}

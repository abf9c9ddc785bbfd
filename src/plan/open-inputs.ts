// The conductor: the files of a download before any work: what they are, which columns they have, whether those asked for are there.
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
import { textColumns } from "../metadata/text/files.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { asRunError, toSqlError } from "../sql/errors.ts";
import { filesToRead, parquetFiles, quoteList } from "../sql/text.ts";
import { insistOnRows } from "./insist-on-rows.ts";
import { insistOnTypes, refuseBinaryCaptions } from "./insist-on-types.ts";
import { type NeededColumns, namesOf, neededColumns } from "./needed-columns.ts";
import { inputEntry } from "./run-identity.ts";

/** A file of a list, as far as its head and footer tell. */
export interface ListedFile extends InputFile {
  /** Its columns in the letters of the file. */
  readonly names: readonly string[];
  /** Of a parquet file; those of a text file are counted when it is read. */
  readonly rows: number | undefined;
  /** Of a parquet file; those of a text file are typed when it is read. */
  readonly columns: readonly ColumnType[] | undefined;
}

/** What a download begins with. */
export interface OpenInputs {
  readonly files: readonly ListedFile[];
  readonly needed: NeededColumns;
  /** Partitions of ours, which are cut into equal shards. */
  readonly isOurs: boolean;
  /** What of the inputs makes an output the output of this run. */
  readonly identity: Identity;
  /** Tells files of one name and size apart, by path. */
  readonly prints: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
}

/** Opens files, folders and globs; throws InputError for what cannot be read and for columns that are not there, before any work. */
export async function openInputs(inputs: readonly string[], format: InputFormat | undefined, shape: ShapeConfig): Promise<OpenInputs> {
  const listed = await findInputFiles(inputs, format);
  const { filled: found, notices: emptyNotices } = await filledFiles(listed.files, (file) => isTextFormat(file.format));
  const prints = await fingerprintFiles(found);
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    const files = await listFiles(database, found);
    // Nothing can be wrong with a table of no rows, whose columns pandas writes without their types.
    const filled = files.some(({ rows }) => rows !== 0) ? files.filter(({ rows }) => rows !== 0) : files;
    const [first] = filled;
    // A list without names has one column, whatever --url-col says, as with the peer.
    const onlyColumn = first && formatFacts(first.format).onlyColumn;
    const asked = onlyColumn === undefined ? shape : { ...shape, urlColumn: onlyColumn };
    const needed = neededColumns(first?.names ?? [], asked, first?.path ?? "the input");
    insistOnColumns(filled, needed);
    for (const { path, columns = [] } of filled) {
      insistOnTypes(columns, needed, path);
      refuseBinaryCaptions(columns, needed, path);
    }
    // Of text files nobody knows before they are read.
    if (files.every(({ rows }) => rows !== undefined))
      insistOnRows(
        files.map(({ rows = 0 }) => ({ rows })),
        [],
      );
    const parquet = found.filter((file) => !isTextFormat(file.format));
    await refuseWideDecimals(
      database,
      parquet.map(({ path }) => path),
      namesOf(needed),
    );
    const marks = await readMarks(database, parquet);
    const identity = { inputs: files.map((file) => inputEntry(file, prints.get(file.path))) };
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
    return { files, needed, isOurs: marks.size === found.length, identity, prints, notices };
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
    // The names of nested fields are in a schema too; files of one schema are asked for their columns once.
    const schema = "md5(string_agg(concat_ws(' ', name, num_children, duckdb_type), chr(10) ORDER BY column_id))";
    const prints = await database.rows(
      `SELECT file_name, ${schema} AS print FROM parquet_schema(${filesToRead(paths)}) GROUP BY file_name`,
    );
    for (const { file_name: path, print } of prints) {
      const known = schemas.get(String(print)) ?? (await database.columns(`SELECT * FROM ${parquetFiles(String(path))}`));
      schemas.set(String(print), known);
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

/** The InputError behind an error that DuckDB met in a JSON file; anything else is returned unchanged. */
export function asTextError(path: string, thrown: unknown): unknown {
  if (thrown instanceof InputError) return thrown;
  const error = toSqlError(thrown);
  if (!/\bjson\b/i.test(error.message) || error.type !== "Invalid Input") return thrown;
  return new InputError(
    `${path} cannot be read: ${error.message.trim()}`,
    "Mend it, or write one object a line (jsonl): then a broken one costs its line alone.",
    {
      cause: error,
    },
  );
}

/** A worker reads the files one at a time: what the first has, every one must have. Further columns may differ. */
function insistOnColumns(files: readonly ListedFile[], columns: NeededColumns): void {
  const needed = namesOf(columns);
  for (const { path, names } of files) {
    const present = new Set(names.map((name) => name.toLowerCase()));
    const missing = needed.filter((name) => !present.has(name.toLowerCase()));
    if (missing.length === 0) continue;
    const nearest = nearestName(missing[0] ?? "", names);
    throw new InputError(
      `${path} has no column ${missing.join(", ")}, which ${files[0]?.path} has; it has ${names.join(", ")}`,
      `${nearest ? `It may be called ${nearest} there. ` : ""}Download files of different columns one by one, with --incremental-mode extend into one output.`,
    );
  }
}

function extraColumnNotices(files: readonly ListedFile[], shape: ShapeConfig): string[] {
  if (shape.additionalColumns !== "all") return [];
  const known = new Set((files[0]?.names ?? []).map((name) => name.toLowerCase()));
  const extra = new Set(files.flatMap(({ names }) => names.filter((name) => !known.has(name.toLowerCase()))));
  if (extra.size === 0) return [];
  return [`${[...extra].join(", ")}: not in ${basename(files[0]?.path ?? "")}, the first file, and so not carried`];
}

function markNotices(marked: number, all: number): string[] {
  if (marked === 0 || marked === all) return [];
  return [`${formatCount(marked)} of ${plural(all, "file")} are partitions of prep and the others are not: all are taken as a list`];
}

/** A list as img2dataset has it says which column holds the captions, or has none. */
function captionNotices(first: ListedFile | undefined, shape: ShapeConfig): string[] {
  const name = captionColumn(first?.names ?? []);
  const isKept =
    shape.withCaption ||
    shape.additionalColumns === "all" ||
    shape.additionalColumns.some((kept) => kept.toLowerCase() === name?.toLowerCase());
  return name === undefined || isKept ? [] : [`the column ${name} stays behind: --caption-col ${shellWord(name)} stores it as captions`];
}

async function parquetTypeNotices(database: Database, files: readonly InputFile[], needed: NeededColumns): Promise<string[]> {
  if (files.length < 2) return [];
  const names = namesOf(needed).map((name) => name.toLowerCase());
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

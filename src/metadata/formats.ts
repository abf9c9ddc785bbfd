// Between the files and the view: which format a file has, by its name, and the table function that reads it.
import type { ColumnType } from "../sql/database.ts";
import { filesToRead, quoteName, quoteText } from "../sql/text.ts";

/** The formats of metadata. */
export type MetadataFormat = "parquet" | "csv" | "jsonl" | "txt";

/** The formats of a list to download, under img2dataset's names; each text one may be gzipped. */
export const INPUT_FORMATS = ["parquet", "csv", "tsv", "jsonl", "json", "txt"] as const;

/** One of them. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** One that is turned into parquet before its rows are downloaded. */
export type TextFormat = Exclude<InputFormat, "parquet">;

const ENDINGS: readonly (readonly [RegExp, MetadataFormat])[] = [
  [/\.(csv|tsv)(\.gz)?$/i, "csv"],
  [/\.(jsonl|ndjson|json)(\.gz)?$/i, "jsonl"],
  [/\.txt(\.gz)?$/i, "txt"],
];

/** The format that a list's name tells; undefined where it tells none. */
export function inputFormatOf(path: string): InputFormat | undefined {
  const ending = /\.(parquet|csv|tsv|jsonl|ndjson|json|txt)(\.gz)?$/i.exec(path);
  const word = ending?.[1]?.toLowerCase();
  if (word === "parquet") return ending?.[2] ? undefined : word;
  return word === "ndjson" ? "jsonl" : INPUT_FORMATS.find((format) => format === word);
}

/** The format of a file by its name; what has no known ending is taken for parquet and must prove it. */
export function formatOf(path: string): MetadataFormat {
  return ENDINGS.find(([ending]) => ending.test(path))?.[1] ?? "parquet";
}

/** Whether a file of this name may be metadata when it is met in a folder; a lone `.json` beside data rarely is. */
export function isReadable(name: string): boolean {
  return /\.(parquet|((csv|tsv|jsonl|ndjson)(\.gz)?))$/i.test(name);
}

/** Of what a folder holds, the files of its main format: parquet where there is any, else csv, else jsonl. */
export function mainFormat<T extends { readonly path: string }>(files: readonly T[]): T[] {
  const formats: readonly MetadataFormat[] = ["parquet", "csv", "jsonl"];
  const main = formats.find((format) => files.some(({ path }) => formatOf(path) === format));
  return files.filter(({ path }) => formatOf(path) === main);
}

/**
 * What DuckDB does not find out about csv by itself. The names are always there: it sees none where the first is empty, as
 * pandas leaves it above its index. Nothing is a comment: of lines that begin with a tag, #cat, some are no row at first
 * sight, and then it passes over all of them, and cuts captions where they have one.
 */
export const CSV_RULES = "header = true, comment = ''";

/** How files of one format are read together. */
export interface Reading {
  readonly unionByName: boolean;
  /** Names of `key=value` folders that become columns. */
  readonly folderKeys: readonly string[];
  /** Of csv: columns that are text whatever they look like. */
  readonly texts?: readonly string[];
  /** Of csv: double quotes alone hold a field together, whatever DuckDB makes of others. */
  readonly isDoubleQuoted?: boolean;
  /** Of csv: every column is text. */
  readonly isText?: boolean;
  /** Of jsonl: objects of very many keys are tables and structs, not maps. */
  readonly hasManyKeys?: boolean;
  /** Of jsonl: all columns, where they are known. */
  readonly columns?: readonly ColumnType[];
}

/** The rows of an explicit list of files of one format: what appears in a folder later is not read. */
export function readFiles(paths: readonly string[], reading: Reading): string {
  const { folderKeys } = reading;
  if (folderKeys.length === 0) return tableFunction(paths, reading, "hive_partitioning = false");
  const rows = tableFunction(paths, reading, `hive_partitioning = false, filename = '${PATH}'`);
  return `(SELECT * EXCLUDE (${PATH}), ${folderKeys.map(folderColumn).join(", ")} FROM ${rows})`;
}

/** The column of a row's path. */
const PATH = "prep_path";

/**
 * The value of a `key=value` folder, as text: a guessed type would change with the values that happen to be there. DuckDB's own
 * reading of such folders hides a file's column of that name, and takes folders above the metadata for columns too.
 */
function folderColumn(key: string): string {
  // Letters, digits and _: nothing to escape.
  const value = `url_decode(regexp_extract(${PATH}, '^.*/${key}=([^/]*)/', 1))`;
  return `nullif(${value}, '__HIVE_DEFAULT_PARTITION__') AS ${quoteName(key)}`;
}

function tableFunction(
  paths: readonly string[],
  { unionByName, texts = [], isDoubleQuoted = false, isText = false, hasManyKeys = false, columns = [] }: Reading,
  places: string,
): string {
  switch (formatOf(paths[0] ?? "")) {
    case "csv": {
      // Types come from 20,480 rows a file; a later value of another type is an error that names its line.
      const types = texts.length > 0 ? `types = {${texts.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(", ")}}, ` : "";
      const quote = isDoubleQuoted ? `quote = '"', escape = '"', ` : "";
      return `read_csv(${filesToRead(paths)}, ${CSV_RULES}, ${quote}${isText ? "all_varchar = true, " : types}union_by_name = true, ${places})`;
    }
    case "jsonl": {
      // Left to a sample, a key that comes after it would be no column, without a word.
      const isNamed = columns.length > 0 && !hasInventedNames(columns);
      const known = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`).join(", ");
      const found = `sample_size = -1${hasManyKeys ? ", map_inference_threshold = -1" : ""}`;
      return `read_json(${filesToRead(paths)}, ${isNamed ? `columns = {${known}}` : found}, union_by_name = true, ${places})`;
    }
    case "txt":
      // A control character that no URL has as the delimiter makes a column of the whole line, commas and quotes included.
      return `(FROM read_csv(${filesToRead(paths)}, columns = {'url': 'VARCHAR'}, delim = e'\\x01', quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, ${places}) WHERE trim(url) <> '')`;
    default:
      return `read_parquet(${filesToRead(paths)}, union_by_name = ${unionByName}, ${places})`;
  }
}

/** Whether a name is one that DuckDB gives to a key without any, or to the second of two that differ by case alone: no object has it. */
function hasInventedNames(columns: readonly ColumnType[]): boolean {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return columns.some(
    ({ name }, place) => name === `C${place}` || (/_\d+$/.test(name) && names.has(name.toLowerCase().replace(/_\d+$/, ""))),
  );
}

// SQL that reads metadata files with DuckDB's reader for their layout.
import type { ColumnType } from "../sql/database.ts";
import { filesToRead, quoteName, quoteText } from "../sql/text.ts";
import { type Layout, layoutOf } from "./formats.ts";

/**
 * Settings for DuckDB's csv reader that it must not guess. The first line names the columns: DuckDB sees no header if the
 * first name is empty, as pandas leaves it above its index. No line is a comment: DuckDB would drop every line that begins
 * with a tag such as `#cat`, and cut captions at one.
 */
export const CSV_RULES = "header = true, comment = ''";

/** How files of one layout are read together. */
export interface Reading {
  readonly unionByName: boolean;
  /** Keys of `key=value` folders that become columns. */
  readonly folderKeys: readonly string[];
  /** The column of a row's path, which `folderKeys` need. No column of the files has this name, see `freeName`. */
  readonly originColumn?: string;
  /** csv: columns that stay text whatever they look like. */
  readonly texts?: readonly string[];
  /** csv: only double quotes enclose fields, whatever DuckDB would guess. */
  readonly isDoubleQuoted?: boolean;
  /** csv: every column is text. */
  readonly isText?: boolean;
  /** JSON: objects with very many keys become structs, not maps. */
  readonly hasManyKeys?: boolean;
  /** JSON: all columns with their types, if they are known. */
  readonly columns?: readonly ColumnType[];
}

/** SQL of the rows of these files, which have one layout. The list is fixed: files that appear in a folder later are not read. */
export function readFiles(paths: readonly string[], reading: Reading): string {
  const { folderKeys, originColumn = "prep_path" } = reading;
  const read = READERS[layoutOf(paths[0] ?? "")];
  if (folderKeys.length === 0) return read(paths, reading, "hive_partitioning = false");
  const rows = read(paths, reading, `hive_partitioning = false, filename = ${quoteText(originColumn)}`);
  const origin = quoteName(originColumn);
  return `(SELECT * EXCLUDE (${origin}), ${folderKeys.map((key) => folderColumn(key, origin)).join(", ")} FROM ${rows})`;
}

/** A name for the column of a row's path that none of these columns has, whatever its case. */
export function freeName(columns: readonly { readonly name: string }[]): string {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  let name = "prep_path";
  while (taken.has(name)) name += "_";
  return name;
}

/**
 * The value of a `key=value` folder, always as text: a guessed type would depend on the values that happen to be there.
 * DuckDB's own reading of such folders hides a file's column of the same name, and also uses folders above the metadata.
 */
function folderColumn(key: string, origin: string): string {
  // A key has only letters, digits and _, so it needs no escaping.
  const value = `url_decode(regexp_extract(${origin}, '^.*/${key}=([^/]*)/', 1))`;
  return `nullif(${value}, '__HIVE_DEFAULT_PARTITION__') AS ${quoteName(key)}`;
}

/** SQL of the rows of files; `places` are settings about folders. */
type Reader = (paths: readonly string[], reading: Reading, places: string) => string;

const READERS: Readonly<Record<Layout, Reader>> = {
  parquet: (paths, { unionByName }, places) => `read_parquet(${filesToRead(paths)}, union_by_name = ${unionByName}, ${places})`,
  delimited: (paths, { texts = [], isDoubleQuoted = false, isText = false }, places) => {
    // DuckDB decides on types by 20,480 rows of each file. A later value of another type is an error that names its line.
    const types = texts.length > 0 ? `types = {${texts.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(", ")}}, ` : "";
    const quote = isDoubleQuoted ? `quote = '"', escape = '"', ` : "";
    return `read_csv(${filesToRead(paths)}, ${CSV_RULES}, ${quote}${isText ? "all_varchar = true, " : types}union_by_name = true, ${places})`;
  },
  objects: (paths, { hasManyKeys = false, columns = [] }, places) => {
    const isNamed = columns.length > 0 && !hasInventedNames(columns);
    const known = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`).join(", ");
    // A sample would silently drop keys that first occur after it.
    const found = `sample_size = -1${hasManyKeys ? ", map_inference_threshold = -1" : ""}`;
    return `read_json(${filesToRead(paths)}, ${isNamed ? `columns = {${known}}` : found}, union_by_name = true, ${places})`;
  },
  // The delimiter is a control character that no URL contains, so a column takes the whole line, commas and quotes included.
  urls: (paths, _reading, places) =>
    `(FROM read_csv(${filesToRead(paths)}, columns = {'url': 'VARCHAR'}, delim = e'\\x01', quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, ${places}) WHERE trim(url) <> '')`,
};

/**
 * Whether DuckDB made up one of these names: for an empty key, or for the second of two keys that differ only in case. No
 * object has such a key, so these columns cannot be asked for by name.
 */
function hasInventedNames(columns: readonly ColumnType[]): boolean {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return columns.some(
    ({ name }, place) => name === `C${place}` || (/_\d+$/.test(name) && names.has(name.toLowerCase().replace(/_\d+$/, ""))),
  );
}

// Writes names, texts and paths into SQL.
import { InputError } from "../core/errors.ts";

/** `"name"`, safe for any name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `'text'`, safe for any text without NUL. No SQL literal can hold NUL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `['a', 'b']`, for lists of texts that are not paths. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(", ")}]`;
}

/** One file as an argument of a function that reads. These functions take every path for a glob. Throws as `readPattern`. */
export function fileToRead(path: string): string {
  return quoteText(readPattern(path));
}

/** Several files as one argument of a function that reads. Throws as `readPattern`. */
export function filesToRead(paths: readonly string[]): string {
  return quoteList(paths.map(readPattern));
}

/** All files that match a glob, as an argument of a function that reads. */
export function filesMatching(glob: string): string {
  return quoteText(glob);
}

/** One file as the target of `COPY ... TO`, which does not take a path for a glob. */
export function fileToWrite(path: string): string {
  return quoteText(path);
}

/**
 * The glob that matches one file and no other. For a path without `*`, `?` and `[` it is the path. Throws InputError if DuckDB has no
 * such glob: in a path with one of these characters it takes a backslash for a slash.
 */
export function readPattern(path: string): string {
  if (!/[*?[]/.test(path) || WEB_ADDRESS.test(path)) return path;
  // DuckDB does not expand the first name of an absolute path.
  const [start = ""] = /^\/+[^/]*/.exec(path) ?? [];
  const rest = path.slice(start.length);
  if (!/[*?[]/.test(rest)) return path;
  if (path.includes("\\")) {
    throw new InputError(
      `DuckDB cannot read ${path}: its path has a backslash and one of * ? [`,
      "Rename the file or its folder so that only one of them is left.",
    );
  }
  return start + rest.replace(/[*?[]/g, "[$&]");
}

/** In a web address `?` begins the query, and nothing is a glob. */
const WEB_ADDRESS = /^https?:\/\//i;

/**
 * The rows of parquet files as a relation, with the columns of the files and no others. By default DuckDB makes a column of a folder
 * `key=value` above a file, and this column would hide the file's column of that name.
 */
export function parquetFiles(paths: string | readonly string[]): string {
  return `read_parquet(${typeof paths === "string" ? fileToRead(paths) : filesToRead(paths)}, hive_partitioning = false)`;
}

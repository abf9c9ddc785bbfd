// Writes names, texts and paths into SQL.
import { InputError } from "../core/errors.ts";

/** `"name"`, safe for any name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `'text'`, safe for any text without NUL, which no SQL literal can hold. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `['a', 'b']`, for lists of texts that are no paths. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(", ")}]`;
}

/** One file as an argument of `read_parquet`, `read_csv` and their like, which take every path for a glob. Throws as `readPattern`. */
export function fileToRead(path: string): string {
  return quoteText(readPattern(path));
}

/** Several files as one argument of a function that reads. Throws as `readPattern`. */
export function filesToRead(paths: readonly string[]): string {
  return quoteList(paths.map(readPattern));
}

/** All files that a glob of DuckDB's means, as an argument of a function that reads. */
export function filesMatching(glob: string): string {
  return quoteText(glob);
}

/** One file as the target of `COPY ... TO`, which takes a path as it is. */
export function fileToWrite(path: string): string {
  return quoteText(path);
}

/**
 * The glob that matches one file and no other; for a path without `*`, `?` and `[` it is the path. Throws InputError where
 * DuckDB has no such glob: it takes a backslash for a slash as soon as a path has one of these characters.
 */
export function readPattern(path: string): string {
  if (!/[*?[]/.test(path) || WEB_ADDRESS.test(path)) return path;
  // DuckDB never expands the first name of an absolute path.
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

/** In these `?` begins the query, and nothing is a glob. */
const WEB_ADDRESS = /^https?:\/\//i;

/**
 * The rows of parquet files as a relation, with the columns that are in the files and no others. Left to itself, DuckDB takes
 * `key=value` in the folders above a file for a column, which hides the file's own of that name.
 */
export function parquetFiles(paths: string | readonly string[]): string {
  return `read_parquet(${typeof paths === "string" ? fileToRead(paths) : filesToRead(paths)}, hive_partitioning = false)`;
}

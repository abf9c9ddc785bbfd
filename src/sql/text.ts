// The only folder that knows DuckDB: how names and values are written in its SQL.

/** `"name"`, safe for any name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `'text'`, safe for any text without NUL, which no SQL literal can hold. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `['a', 'b']`, for the list arguments of table functions. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(", ")}]`;
}

/**
 * The rows of parquet files as a relation, with the columns that are in the files and no others. Left to itself, DuckDB takes
 * `key=value` in the folders above a file for a column, which hides the file's own of that name.
 */
export function parquetFiles(paths: string | readonly string[]): string {
  return `read_parquet(${typeof paths === "string" ? quoteText(paths) : quoteList(paths)}, hive_partitioning = false)`;
}

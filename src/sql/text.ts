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

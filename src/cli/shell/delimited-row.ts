// Formats rows for other programs.

/** A line of CSV (RFC 4180) without its end. NULL is empty; an empty text is quoted. */
export function csvLine(values: readonly (string | null)[]): string {
  return values
    .map((value) => (value === null ? "" : value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
    .join(",");
}

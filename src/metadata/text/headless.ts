// Before a table of text is read: one without a line of names, as CC3M and CC12M are, whose first row would be taken for names.
import { InputError } from "../../core/errors.ts";

/** Whether these names are the fields of a row: no column is called like a URL. */
export function isRow(names: readonly string[]): boolean {
  return names.some((name) => /(^|\t)https?:\/\//i.test(name));
}

/** The error for a table whose first line is a row. */
export function headlessError(path: string, row: readonly string[]): InputError {
  const isTabbed = /\.tsv(\.gz)?$/i.test(path) || row.some((field) => field.includes("\t"));
  const fields = row.flatMap((field) => field.split("\t"));
  const urlPlace = fields.findIndex((field) => isRow([field]));
  const names = fields.map((_, place) => (place === urlPlace ? "url" : fields.length === 2 ? "caption" : `column${place + 1}`));
  const line = names.join(isTabbed ? "\\t" : ",");
  return new InputError(
    `${path} has no names of columns: its first line is a row: ${row.join(", ")}`,
    `Put a line with their names before it, such as { printf '${line}\\n'; ${/\.gz$/i.test(path) ? "zcat" : "cat"} FILE; } > NEW.`,
  );
}

// Before a table of text is read: one without a line of names, as CC3M and CC12M are, whose first row would be taken for names.
import { InputError } from "../core/errors.ts";

/** Whether these names are the fields of a row: no column is called like a URL. */
export function isRow(names: readonly string[]): boolean {
  return names.some((name) => /(^|\t)https?:\/\//i.test(name));
}

/** The error for a table whose first line is a row. */
export function headlessError(path: string, names: readonly string[]): InputError {
  return new InputError(
    `${path} has no names of columns: its first line is a row: ${names.join(", ")}`,
    "Put a line with their names before it, such as sed '1s/^/url\\tcaption\\n/' FILE > NEW.",
  );
}

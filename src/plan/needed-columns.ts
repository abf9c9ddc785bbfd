// Finds the columns that the options of a download name among those of its input.
import { InputError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import type { ShapeConfig } from "../job/config.ts";
import { headlessError, isRow } from "../metadata/text/csv.ts";

/** The columns that a download reads, as the first file writes their names. */
export interface NeededColumns {
  readonly url: string;
  readonly caption: string | undefined;
  /** The columns of `boxColumn` and `verifyHash`. */
  readonly boxes: string | undefined;
  readonly digest: string | undefined;
  /** Columns that samples carry, including the boxes. */
  readonly others: readonly string[];
}

/** The name of every needed column, once. */
export function neededNames({ url, caption, digest, others }: NeededColumns): string[] {
  return [...new Set([url, caption, digest, ...others].filter((name) => name !== undefined))];
}

/** Finds the columns among the names of `where`. Throws InputError, which lists the names, for a column that is missing. */
export function neededColumns(names: readonly string[], shape: ShapeConfig, where: string): NeededColumns {
  const find = (wanted: string, option: string) => findColumn(names, wanted, option, where);
  const url = find(shape.urlColumn, "--url-col");
  const caption = shape.captionColumn === undefined ? undefined : find(shape.captionColumn, "--caption-col");
  const boxes = shape.boxColumn === undefined ? undefined : find(shape.boxColumn, "--bbox-col");
  const digest = shape.verifyHash && find(shape.verifyHash.column, "--verify-hash");
  const named =
    shape.additionalColumns === "all"
      ? names.filter((name) => name !== url && name !== caption)
      : shape.additionalColumns.map((name) => find(name, "--save-additional-columns"));
  // img2dataset stores the boxes with the sample too.
  return { url, caption, boxes, digest, others: [...new Set([...named, ...(boxes ? [boxes] : [])])] };
}

function findColumn(names: readonly string[], wanted: string, option: string, path: string): string {
  const exact = names.find((name) => name === wanted);
  if (exact !== undefined) return exact;
  const found = names.find((name) => name.toLowerCase() === wanted.toLowerCase());
  // DuckDB appends a number to the later ones of columns whose names differ only by case.
  const twin = names.find((name) => /^(_\d+)+$/.test(name.slice(wanted.length)) && name.startsWith(wanted));
  if (found !== undefined && twin !== undefined) {
    throw new InputError(
      `${path}: ${option} ${wanted} may mean the column ${found} or ${twin}`,
      `Columns whose names differ only by case get a number: give ${option} ${found} or ${option} ${twin}.`,
    );
  }
  if (found !== undefined) return found;
  const nearest = nearestName(wanted, names);
  const [only = "", ...others] = names;
  if (others.length === 0 && only.split(/[;|\t]/).some((name) => name.toLowerCase() === wanted.toLowerCase())) {
    throw new InputError(
      `${path} has one column, "${only}"`,
      "A csv needs commas between its fields, a tsv tabs (--input-format tsv). prep filter detects other separators by itself.",
    );
  }
  if (isRow(names)) throw headlessError(path, names);
  throw new InputError(
    `${path} has no column "${wanted}"; it has ${names.join(", ")}`,
    nearest ? `Did you mean ${option} ${nearest}?` : `Name the column with ${option}.`,
  );
}

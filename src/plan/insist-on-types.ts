// The conductor, before any download: a column whose type says that it could not be used in a single row is refused.
import { InputError } from "../core/errors.ts";
import type { ColumnType } from "../sql/database.ts";
import type { NeededColumns } from "./needed-columns.ts";

const DECODE_HINT = `Bytes become text with prep filter "SELECT * REPLACE (decode(NAME) AS NAME) FROM metadata".`;

/** Throws InputError where the URLs or digests are no text or the boxes no lists. `path` where there are several files. */
export function insistOnTypes(columns: readonly ColumnType[], needed: NeededColumns, path?: string): void {
  const where = path === undefined ? "" : `${path}: `;
  insist(columns, needed.url, /^VARCHAR$/, where, "text", "Name the column with the URLs with --url-col.");
  insist(columns, needed.boxes, /\]$|^(VARCHAR|JSON|"NULL")$/, where, "lists of boxes", "Name another one with --bbox-col.");
  insist(columns, needed.digest, /^(VARCHAR|"NULL")$/, where, "text", "Name another one with --verify-hash.");
}

/** Throws InputError for captions that are bytes: base64 is nobody's caption. Anything else has a text that says what it was. */
export function refuseBinaryCaptions(columns: readonly ColumnType[], needed: NeededColumns, path: string): void {
  insist(columns, needed.caption, /^(?!BLOB$)/, `${path}: `, "text", "Name another one with --caption-col.");
}

function insist(
  columns: readonly ColumnType[],
  name: string | undefined,
  types: RegExp,
  where: string,
  wanted: string,
  hint: string,
): void {
  // Another file may write its columns in other letters.
  const found = columns.find((column) => column.name.toLowerCase() === name?.toLowerCase());
  if (!found || types.test(found.type)) return;
  throw new InputError(
    `${where}the column ${found.name} holds ${found.type}, not ${wanted}`,
    found.type === "BLOB" ? `${hint} ${DECODE_HINT.replaceAll("NAME", found.name)}` : hint,
  );
}

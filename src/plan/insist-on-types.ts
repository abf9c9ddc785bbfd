// Refuses needed columns whose type makes every row unusable.
import { InputError } from "../core/errors.ts";
import type { ColumnType } from "../sql/database.ts";
import type { NeededColumns } from "./needed-columns.ts";

const DECODE_HINT = `To convert bytes to text, use prep filter "SELECT * REPLACE (decode(NAME) AS NAME) FROM metadata".`;

/** Throws InputError if URLs or digests are not text, or boxes are not lists. `path` names the file if there are several. */
export function insistOnTypes(columns: readonly ColumnType[], needed: NeededColumns, path?: string): void {
  const where = path === undefined ? "" : `${path}: `;
  insist(columns, needed.url, /^VARCHAR$/, where, "text", "Name the column with the URLs with --url-col.");
  insist(columns, needed.boxes, /\]$|^(VARCHAR|JSON|"NULL")$/, where, "lists of boxes", "Name another one with --bbox-col.");
  insist(columns, needed.digest, /^(VARCHAR|"NULL")$/, where, "text", "Name another one with --verify-hash.");
}

/** Throws InputError for captions that are bytes, which would become base64. Any other type has a meaningful text. */
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
  // Files may write the name in other letters.
  const found = columns.find((column) => column.name.toLowerCase() === name?.toLowerCase());
  if (!found || types.test(found.type)) return;
  throw new InputError(
    `${where}the column ${found.name} holds ${found.type}, not ${wanted}`,
    found.type === "BLOB" ? `${hint} ${DECODE_HINT.replaceAll("NAME", found.name)}` : hint,
  );
}

// Reads the table of docs/types.md.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** One line of the table. */
export interface DocumentedType {
  readonly type: string;
  /** SQL of a value. */
  readonly example: string;
  /** DuckDB's type of the stored column, or `as it is`. */
  readonly stored: string;
  readonly json: string;
}

/** All lines of the table. */
export async function documentedTypes(): Promise<DocumentedType[]> {
  const text = await readFile(join(import.meta.dirname, "..", "..", "..", "docs", "types.md"), "utf8");
  const lines = text.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => {
    const [type = "", example = "", stored = "", json = ""] = line
      .slice(2, -2)
      .split(" | ")
      .map((cell) => cell.replace(/^`(.*)`$/, "$1"));
    return { type, example, stored, json };
  });
}

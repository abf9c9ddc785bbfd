// Before a text file is refused: the first of its lines that is no row as the others are, which is why.
import { type Fields, RecordReader } from "./delimited.ts";
import { isRow } from "./headless.ts";
import { jsonLayout } from "./text-head.ts";
import { textHead, textLines } from "./text-lines.ts";

/** A line and what is wrong with it. */
export interface OddLine {
  readonly line: number;
  readonly reason: string;
}

/** The first line that has more or fewer fields than the first; undefined where all are alike, or the first is a row itself. */
export async function raggedLine(path: string): Promise<OddLine | undefined> {
  let reader: RecordReader | undefined;
  let header: Fields | undefined;
  let ragged: OddLine | undefined;
  const onRecord = (fields: Fields) => {
    header ??= fields;
  };
  const onBad = (line: number, reason: string) => {
    ragged ??= { line, reason };
  };
  const isHeadless = () => header !== undefined && isRow(header.map(String));
  for await (const batch of textLines(path, onBad)) {
    const first = batch.lines.find((line) => line !== undefined && line.trim() !== "");
    reader ??= new RecordReader(delimiterIn(path, first ?? ""), onRecord, onBad);
    reader.take(batch);
    if (ragged || isHeadless()) break;
  }
  return isHeadless() ? undefined : ragged;
}

/** The first line of a text file that is not blank. */
export async function firstLineOf(path: string): Promise<string> {
  return (await textHead(path)).trimStart().split("\n", 1)[0] ?? "";
}

/** The first line that is no JSON object; undefined where objects do not stand one a line. */
export async function firstLineWithoutObject(path: string): Promise<number | undefined> {
  if ((await jsonLayout(path, "json")) !== "lines") return undefined;
  for await (const { firstLine, lines } of textLines(path, () => undefined)) {
    const place = lines.findIndex((line) => line !== undefined && line.trim() !== "" && !isObject(line));
    if (place >= 0) return firstLine + place;
  }
  return undefined;
}

/** What stands between the names. */
function delimiterIn(path: string, names: string): string {
  return ["\t", ",", ";", "|"].find((delimiter) => names.includes(delimiter)) ?? (/\.tsv(\.gz)?$/i.test(path) ? "\t" : ",");
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === "object" && !Array.isArray(value);
  } catch {
    return false;
  }
}

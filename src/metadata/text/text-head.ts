// Between a text file and its rows: which columns it has, told by its first lines, before anybody waits for the rest.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Database } from "../../sql/database.ts";
import { fileToRead } from "../../sql/text.ts";
import type { TextFormat } from "../formats.ts";
import { type Fields, RecordReader } from "./delimited.ts";
import { refuseForeignLayout } from "./foreign-layout.ts";
import { withoutLoneSurrogates } from "./lone-surrogates.ts";
import { headOf, isGzip, MAX_LINE_BYTES, textHead, textLines } from "./text-lines.ts";

/** How the objects of a JSON file stand: in one array, one a line, or one after another over several lines. */
export type JsonLayout = "array" | "lines" | "unstructured";

/** Objects that tell the columns. */
const HEAD_OBJECTS = 1000;

/** The column of a list that has no names. */
export const TXT_COLUMN = "url";

/** The column names of a text file; throws InputError where it has none, or is laid out so that they would be none. */
export async function textColumns(database: Database, path: string, format: TextFormat): Promise<string[]> {
  refuseForeignLayout(path, format, await textHead(path));
  if (format === "txt") {
    await firstBatch(path);
    return [TXT_COLUMN];
  }
  const names = format === "csv" || format === "tsv" ? await headerOf(path, format) : await keysOf(database, path, format);
  if (names.length === 0) throw new InputError(`${path} holds no row`, hintOf(format));
  return names;
}

function hintOf(format: TextFormat): string {
  return format === "csv" || format === "tsv"
    ? "Its first line must name the columns."
    : "It must hold JSON objects, one a line or in an array.";
}

/** Names of a header, each once whatever its case. */
export function headerNames(header: Fields): string[] {
  const taken = new Set<string>();
  return header.map((field, index) => {
    let name = field?.trim() || `column${index + 1}`;
    while (taken.has(name.toLowerCase())) name += "_1";
    taken.add(name.toLowerCase());
    return name;
  });
}

/** What stands between the fields of csv and tsv. */
export function delimiterOf(format: TextFormat): string {
  return format === "tsv" ? "\t" : ",";
}

async function headerOf(path: string, format: TextFormat): Promise<string[]> {
  let header: Fields | undefined;
  const reader = new RecordReader(
    delimiterOf(format),
    (fields) => {
      header ??= fields;
    },
    () => undefined,
  );
  for await (const batch of textLines(path, () => undefined)) {
    reader.take(batch);
    if (header) break;
  }
  reader.end();
  return header ? headerNames(header) : [];
}

async function keysOf(database: Database, path: string, format: TextFormat): Promise<string[]> {
  const layout = await jsonLayout(path, format);
  const keys = new Map<string, string>();
  const add = (name: string) => {
    if (!keys.has(name.toLowerCase())) keys.set(name.toLowerCase(), name);
  };
  if (layout !== "lines") {
    const rows = await headKeys(database, path, layout).catch((error: unknown) => mendedHeadKeys(database, path, layout, error));
    for (const { keys: names } of rows) for (const name of names as string[]) add(name);
    return [...keys.values()];
  }
  const batch = await firstBatch(path);
  for (const line of batch.slice(0, HEAD_OBJECTS)) for (const name of Object.keys(objectOf(line) ?? {})) add(name);
  return [...keys.values()];
}

async function headKeys(database: Database, path: string, layout: Exclude<JsonLayout, "lines">) {
  return await database.rows(
    `SELECT json_keys(json) AS keys FROM (SELECT json FROM ${await jsonObjects(path, layout)} WHERE json_type(json) = 'OBJECT' LIMIT ${HEAD_OBJECTS})`,
  );
}

/** The same of a file that DuckDB refuses for half a surrogate pair; throws `error` where it has none. */
async function mendedHeadKeys(database: Database, path: string, layout: Exclude<JsonLayout, "lines">, error: unknown) {
  const folder = await mkdtemp(join(tmpdir(), "prep-json-"));
  try {
    const mended = await withoutLoneSurrogates(path, folder);
    if (mended.halves === 0) throw error;
    return await headKeys(database, mended.path, layout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How a JSON file is laid out; jsonl is always a line for each object. */
export async function jsonLayout(path: string, format: TextFormat): Promise<JsonLayout> {
  if (format === "jsonl") return "lines";
  const head = (await textHead(path)).trimStart();
  if (head.startsWith("[")) return "array";
  const [first, ...others] = head.split("\n");
  return head.startsWith("{") && others.length > 0 && !objectOf(first) ? "unstructured" : "lines";
}

/** SQL of a table function over the objects of a JSON file that is not one object a line. */
export async function jsonObjects(path: string, layout: Exclude<JsonLayout, "lines">): Promise<string> {
  // By itself DuckDB goes by the name.
  const compression = isGzip(await headOf(path)) ? "gzip" : "uncompressed";
  return `read_json_objects(${fileToRead(path)}, format = '${layout}', compression = '${compression}', maximum_object_size = ${MAX_LINE_BYTES})`;
}

function objectOf(line: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(line ?? "");
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The lines of the file's first chunk. */
async function firstBatch(path: string): Promise<readonly (string | undefined)[]> {
  for await (const { lines } of textLines(path, () => undefined)) return lines;
  return [];
}

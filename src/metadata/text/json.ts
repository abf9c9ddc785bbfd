// Reads json and jsonl: keys, DuckDB's schema corrected, and rows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { fileToRead, quoteName, quoteText } from "../../sql/text.ts";
import { formatFacts, type TextFormat } from "../formats.ts";
import { readFiles } from "../read-files.ts";
import { firstLines, headOf, isGzip, MAX_LINE_BYTES, NAMED_LINES, textHead, textLines } from "./lines.ts";
import { withoutLoneSurrogates } from "./mend-json.ts";
import { TextPieces } from "./pieces.ts";
import type { ConversionWork, TextReader, TextSchema, TextSource } from "./reader.ts";
import { correctedTypes, exactNumberTypes, signedStructures, withoutDates } from "./types.ts";

/** How the objects of a JSON file stand: in one array, one a line, or one after another over several lines. */
type JsonLayout = "array" | "lines" | "unstructured";

/** Column names are told by this many objects. */
const HEAD_OBJECTS = 1000;

/** Reads the layout `objects`. */
export const JSON_READER: TextReader = {
  names: keysOf,
  select: async (database, source, work) => {
    const { path, halves } = await withoutLoneSurrogates(source.path, work.folder);
    const sql = await selectObjects(database, { ...source, path }, work);
    return halves > 0 ? { sql, mendedHalves: halves } : { sql };
  },
  schema: async (database, path) => ({ columns: await correctedTypes(database, path, await jsonColumns(database, [path])) }),
  reading: async (database, paths, schemas) => {
    const [first] = schemas;
    const isOne = schemas.every((schema) => JSON.stringify(schema) === JSON.stringify(first));
    return { columns: isOne ? (first?.columns ?? []) : asFound(await jsonColumns(database, paths), schemas) };
  },
};

/** The keys of the first objects, unique whatever their case. */
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
  const lines = await firstLines(path);
  for (const line of lines.slice(0, HEAD_OBJECTS)) for (const name of Object.keys(parsedObject(line) ?? {})) add(name);
  return [...keys.values()];
}

async function headKeys(database: Database, path: string, layout: Exclude<JsonLayout, "lines">) {
  return await database.rows(
    `SELECT json_keys(json) AS keys FROM (SELECT json FROM ${await jsonObjects(path, layout)} WHERE json_type(json) = 'OBJECT' LIMIT ${HEAD_OBJECTS})`,
  );
}

/** Repeats `headKeys` without the lone surrogates for which DuckDB refused the file; throws `error` if there are none. */
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

async function jsonLayout(path: string, format: TextFormat): Promise<JsonLayout> {
  if (formatFacts(format).isObjectPerLine) return "lines";
  const head = (await textHead(path)).trimStart();
  if (head.startsWith("[")) return "array";
  const [first, ...others] = head.split("\n");
  return head.startsWith("{") && others.length > 0 && !parsedObject(first) ? "unstructured" : "lines";
}

/** SQL of a table function over the objects of a JSON file that does not have one object a line. */
async function jsonObjects(path: string, layout: Exclude<JsonLayout, "lines">): Promise<string> {
  // DuckDB alone would go by the name.
  const compression = isGzip(await headOf(path)) ? "gzip" : "uncompressed";
  return `read_json_objects(${fileToRead(path)}, format = '${layout}', compression = '${compression}', maximum_object_size = ${MAX_LINE_BYTES})`;
}

function parsedObject(line: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(line ?? "");
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The columns of JSON files together, with DuckDB's types for all of their objects. */
async function jsonColumns(database: Database, paths: readonly string[], hasManyKeys = false): Promise<ColumnType[]> {
  const rows = await database.rows(
    `SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM ${readFiles(paths, { unionByName: true, folderKeys: [], hasManyKeys })})`,
  );
  const columns = rows.map(({ name, type }) => ({ name: String(name), type: String(type) }));
  const [only] = columns;
  if (columns.length !== 1 || only?.name !== "json") return columns;
  if (only.type === "JSON") throw await noObjectError(paths[0] ?? "");
  // DuckDB makes one map column of 200 keys of one type, or of many keys that few objects have.
  return only.type.startsWith("MAP(") && !hasManyKeys ? await jsonColumns(database, paths, true) : columns;
}

async function noObjectError(path: string): Promise<InputError> {
  const line = await firstLineWithoutObject(path);
  return new InputError(
    line === undefined ? `${path} has values that are not JSON objects` : `${path}:${line}: this is not a JSON object`,
    "Fix or remove it; prep download skips, counts and names such lines.",
  );
}

/** The first line that is not a JSON object; undefined if the file does not have one object a line. */
async function firstLineWithoutObject(path: string): Promise<number | undefined> {
  if ((await jsonLayout(path, "json")) !== "lines") return undefined;
  for await (const { firstLine, lines } of textLines(path, () => undefined)) {
    const place = lines.findIndex((line) => line !== undefined && line.trim() !== "" && !parsedObject(line));
    if (place >= 0) return firstLine + place;
  }
  return undefined;
}

/** The columns of files together; what one file has as text, or dates that one file has as text, stay text. */
function asFound(columns: readonly ColumnType[], schemas: readonly TextSchema[]): ColumnType[] {
  const found = schemas.flatMap((schema) => schema.columns);
  const texts = new Set(found.filter(({ type }) => type === "VARCHAR").map(({ name }) => name));
  const undated = new Set(found.filter(({ type }) => withoutDates(type) === type).map(({ name }) => name));
  return columns.map(({ name, type }) => ({ name, type: texts.has(name) ? "VARCHAR" : undated.has(name) ? withoutDates(type) : type }));
}

/** All rows, typed by the structure of all objects. */
async function selectObjects(database: Database, source: TextSource, work: ConversionWork): Promise<string> {
  const { path, format, wanted, texts } = source;
  const layout = await jsonLayout(path, format);
  const documents = layout === "lines" ? await readObjectLines(database, path, work) : await jsonObjects(path, layout);
  const relation = `(SELECT json FROM ${documents} WHERE json_type(json) = 'OBJECT')`;
  if (layout !== "lines") {
    const others = await database.rows(`SELECT count(*) AS n FROM ${documents} WHERE json_type(json) <> 'OBJECT'`);
    work.skipped.addUnnamed(Number(others[0]?.["n"]));
  }
  const [found] = await database.rows(`SELECT json_group_structure(json)::VARCHAR AS structure FROM ${relation}`);
  const whole = JSON.parse(String(found?.["structure"] ?? "null")) as unknown;
  const structure = whole !== null && typeof whole === "object" ? (whole as Record<string, unknown>) : {};
  refuseTwins(path, Object.keys(structure), wanted);
  const names = new Map<string, string>();
  for (const name of Object.keys(structure)) if (wanted === "all" || wanted.includes(name)) names.set(name.toLowerCase(), name);
  if (Object.keys(structure).length === 0) throw new InputError(`${path} holds no row`, formatFacts(format).rule ?? "");
  // An object that lacks a key has null there.
  if (wanted !== "all") for (const name of wanted) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  const textOf = (name: string) => `(json ->> ${quoteText(pointerTo(name))})`;
  const numbers = [...names.values()].filter((name) => name in structure && !texts.includes(name));
  const numberColumns = numbers.map((name) => ({ name, structure: structure[name], text: textOf(name) }));
  for (const [name, type] of await exactNumberTypes(database, relation, numberColumns)) structure[name] = type;
  for (const [name, type] of await signedStructures(database, relation, numberColumns)) structure[name] = type;
  const typed = [...names.values()].filter((name) => !texts.includes(name) && name in structure && !isLoose(structure[name]));
  const shape = JSON.stringify(Object.fromEntries(typed.map((name) => [name, structure[name]])));
  const columns = [...names.values()].map((name) =>
    typed.includes(name) ? `struct_extract(typed, ${quoteText(name)}) AS ${quoteName(name)}` : `${textOf(name)} AS ${quoteName(name)}`,
  );
  const typing = typed.length > 0 ? `, json_transform(json, ${quoteText(shape)}) AS typed` : "";
  return `SELECT ${columns.join(", ")} FROM (SELECT json${typing} FROM ${relation})`;
}

/** A table has one column for keys that differ only in case, so the values of the second key would be lost. */
function refuseTwins(path: string, keys: readonly string[], wanted: TextSource["wanted"]): void {
  const isWanted = (key: string) => wanted === "all" || wanted.some((name) => name.toLowerCase() === key);
  const known = new Map<string, string>();
  for (const key of keys) {
    const twin = known.get(key.toLowerCase());
    if (twin !== undefined && isWanted(key.toLowerCase()))
      throw new InputError(`${path} has the keys "${twin}" and "${key}", which differ only in case`, "Rename one of them.");
    known.set(key.toLowerCase(), key);
  }
}

/** A column of several types, or of nulls alone, is stored as text. */
function isLoose(structure: unknown): boolean {
  return structure === "JSON" || structure === "NULL" || structure === "VARCHAR";
}

/** A JSON pointer (RFC 6901), which takes any name. */
function pointerTo(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** SQL of the objects of a file with one a line. Other lines are skipped and counted. */
async function readObjectLines(database: Database, path: string, { folder, skipped, signal }: ConversionWork): Promise<string> {
  const pieces = new TextPieces(database, ["line", "text"], folder);
  for await (const { firstLine, lines } of textLines(path, skipped.add)) {
    signal.throwIfAborted();
    for (const [index, line] of lines.entries()) {
      if (line !== undefined && line.trim() !== "") pieces.add([String(firstLine + index), line]);
    }
    await pieces.spill();
  }
  const relation = await pieces.end();
  const isObject = "CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END";
  const [bad] = await database.rows(`SELECT count(*) AS n FROM ${relation} WHERE NOT (${isObject})`);
  const named = await database.rows(
    `SELECT line, json_valid(text) AS valid FROM ${relation} WHERE NOT (${isObject}) ORDER BY line::BIGINT LIMIT ${NAMED_LINES}`,
  );
  for (const { line, valid } of named) skipped.add(Number(line), valid ? "not an object" : "not JSON");
  skipped.addUnnamed(Number(bad?.["n"]) - named.length);
  // DuckDB may cast before it filters, so the cast must not throw.
  return `(SELECT TRY_CAST(text AS JSON) AS json FROM ${relation} WHERE ${isObject})`;
}

// Between a text file and its rows: the file becomes parquet, in its order, without a line being lost unsaid.
import { InputError } from "../../core/errors.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { fileToWrite, parquetFiles, quoteName, quoteText } from "../../sql/text.ts";
import type { TextFormat } from "../formats.ts";
import { type Fields, RecordReader } from "./delimited.ts";
import { exactNumberTypes, signedStructures } from "./json-numbers.ts";
import { withoutLoneSurrogates } from "./lone-surrogates.ts";
import { LineCount, NAMED_LINES, type SkippedLines } from "./skipped-lines.ts";
import { delimiterOf, headerNames, jsonLayout, jsonObjects, TXT_COLUMN } from "./text-head.ts";
import { textLines } from "./text-lines.ts";
import { TABLE_FORMAT, TextPieces } from "./text-pieces.ts";

/** What became of a text file. */
export interface TextTable {
  readonly rows: number;
  readonly columns: readonly ColumnType[];
  readonly skipped: SkippedLines;
  /** Halves of surrogate pairs in JSON that became U+FFFD. */
  readonly mendedHalves?: number;
}

/** A text file and the columns that are wanted of it. */
export interface TextSource {
  readonly path: string;
  readonly format: TextFormat;
  /** In the letters of the file. */
  readonly wanted: readonly string[] | "all";
  /** Columns that are text whatever they look like. */
  readonly texts: readonly string[];
}

/**
 * Writes the rows of a text file to a parquet file; `folder` holds pieces meanwhile, which are removed by whoever made it.
 * A column of csv and tsv is of the type that all its values have; in JSON, what is text stays text; no whole number loses
 * digits. Throws InputError for a
 * file without rows, SqlError for JSON that is broken and not a line each, and the signal's reason when it aborts.
 */
export async function writeTextTable(
  database: Database,
  source: TextSource,
  folder: string,
  target: string,
  signal: AbortSignal,
): Promise<TextTable> {
  const skipped = new LineCount();
  const { format } = source;
  const isJson = format === "json" || format === "jsonl";
  const { path, halves } = isJson ? await withoutLoneSurrogates(source.path, folder) : { path: source.path, halves: 0 };
  const select = isJson
    ? await selectObjects(database, { ...source, path }, folder, skipped, signal)
    : await selectFields(database, source, folder, skipped, signal);
  const rows = await database.run(`COPY (${select}) TO ${fileToWrite(target)} (${TABLE_FORMAT})`);
  const columns = await database.columns(`FROM ${parquetFiles(target)}`);
  return { rows, columns, skipped: skipped.lines(), ...(halves > 0 ? { mendedHalves: halves } : {}) };
}

/** txt, csv and tsv: all as text first, typed by what all values are. */
async function selectFields(
  database: Database,
  source: TextSource,
  folder: string,
  skipped: LineCount,
  signal: AbortSignal,
): Promise<string> {
  const { path, format, wanted, texts } = source;
  let pieces: TextPieces | undefined;
  let places: number[] = [];
  const begin = (names: readonly string[]) => {
    places = names.map((_, place) => place).filter((place) => wanted === "all" || wanted.includes(names[place] ?? ""));
    pieces = new TextPieces(
      database,
      places.map((place) => names[place] ?? ""),
      folder,
    );
  };
  const add = (fields: Fields) => {
    if (pieces) pieces.add(places.map((place) => fields[place] ?? null));
    else begin(headerNames(fields));
  };
  if (format === "txt") {
    begin([TXT_COLUMN]);
    for await (const { lines } of textLines(path, skipped.add)) {
      signal.throwIfAborted();
      for (const line of lines) if (line !== undefined && line.trim() !== "") add([listedUrl(line)]);
      await pieces?.spill();
    }
  } else {
    const reader = new RecordReader(delimiterOf(format), add, skipped.add);
    for await (const batch of textLines(path, skipped.add)) {
      signal.throwIfAborted();
      reader.take(batch);
      await pieces?.spill();
    }
    reader.end();
  }
  if (!pieces) throw new InputError(`${path} holds no row`, "Its first line must name the columns.");
  const relation = await pieces.end();
  const types = await fieldTypes(
    database,
    relation,
    pieces.names.filter((name) => !texts.includes(name)),
  );
  const columns = pieces.names.map((name) => {
    const type = types.get(name);
    return type ? `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}` : quoteName(name);
  });
  return `SELECT ${columns.join(", ")} FROM ${relation}`;
}

/** What a line of txt lists: the line, or what is in the quotes around all of it, as a csv of one column has them. */
function listedUrl(line: string): string {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return /^"(?:[^"]|"")*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** The types, other than text, that every value of a column has and that give the same digits back. */
async function fieldTypes(database: Database, relation: string, names: readonly string[]): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  if (names.length === 0) return types;
  const tests = names.map((name, index) => {
    const column = quoteName(name);
    const number = `regexp_full_match(${column}, '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?')`;
    // A whole number of more digits is an identifier that a DOUBLE would round.
    const fits = `(length(${column}) <= 15 OR regexp_matches(${column}, '[.eE]'))`;
    return `bool_and(lower(${column}) IN ('true', 'false')) AS b${index},
      bool_and(TRY_CAST(${column} AS BIGINT)::VARCHAR IS NOT DISTINCT FROM ${column}) FILTER (${column} IS NOT NULL) AS i${index},
      bool_and(${number} AND ${fits} AND isfinite(TRY_CAST(${column} AS DOUBLE))) AS d${index}`;
  });
  const [row] = await database.rows(`SELECT ${tests.join(", ")} FROM ${relation}`);
  for (const [index, name] of names.entries()) {
    const type = row?.[`b${index}`] ? "BOOLEAN" : row?.[`i${index}`] ? "BIGINT" : row?.[`d${index}`] ? "DOUBLE" : undefined;
    if (type) types.set(name, type);
  }
  return types;
}

/** json and jsonl: typed by the structure of all objects. */
async function selectObjects(
  database: Database,
  source: TextSource,
  folder: string,
  skipped: LineCount,
  signal: AbortSignal,
): Promise<string> {
  const { path, format, wanted, texts } = source;
  const layout = await jsonLayout(path, format);
  const documents = layout === "lines" ? await readObjectLines(database, path, folder, skipped, signal) : await jsonObjects(path, layout);
  const relation = `(SELECT json FROM ${documents} WHERE json_type(json) = 'OBJECT')`;
  if (layout !== "lines") {
    const others = await database.rows(`SELECT count(*) AS n FROM ${documents} WHERE json_type(json) <> 'OBJECT'`);
    skipped.addUnnamed(Number(others[0]?.["n"]));
  }
  const [found] = await database.rows(`SELECT json_group_structure(json)::VARCHAR AS structure FROM ${relation}`);
  const whole = JSON.parse(String(found?.["structure"] ?? "null")) as unknown;
  const structure = whole !== null && typeof whole === "object" ? (whole as Record<string, unknown>) : {};
  refuseTwins(path, Object.keys(structure), wanted);
  const names = new Map<string, string>();
  for (const name of Object.keys(structure)) if (wanted === "all" || wanted.includes(name)) names.set(name.toLowerCase(), name);
  if (Object.keys(structure).length === 0)
    throw new InputError(`${path} holds no row`, "It must hold JSON objects, one a line or in an array.");
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

/** Of keys that differ by case alone a table has one, and the values of the other would be lost. */
function refuseTwins(path: string, keys: readonly string[], wanted: TextSource["wanted"]): void {
  const isWanted = (key: string) => wanted === "all" || wanted.some((name) => name.toLowerCase() === key);
  const known = new Map<string, string>();
  for (const key of keys) {
    const twin = known.get(key.toLowerCase());
    if (twin !== undefined && isWanted(key.toLowerCase()))
      throw new InputError(`${path} has the keys "${twin}" and "${key}", which differ by case alone`, "Give one of them another name.");
    known.set(key.toLowerCase(), key);
  }
}

/** A column of several types, or of nulls alone, is stored as text. */
function isLoose(structure: unknown): boolean {
  return structure === "JSON" || structure === "NULL" || structure === "VARCHAR";
}

/** JSON's own notation of a path, which takes any name. */
function pointerTo(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The objects of a file with one a line; lines that are none are skipped and counted. */
async function readObjectLines(database: Database, path: string, folder: string, skipped: LineCount, signal: AbortSignal): Promise<string> {
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
  // A cast that throws could be tried before the condition.
  return `(SELECT TRY_CAST(text AS JSON) AS json FROM ${relation} WHERE ${isObject})`;
}

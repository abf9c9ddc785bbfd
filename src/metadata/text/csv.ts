// Reads csv and tsv: column names, DuckDB's schema with its wrong guesses corrected, and rows.
import { InputError } from "../../core/errors.ts";
import type { Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { fileToRead } from "../../sql/text.ts";
import { formatByName, formatFacts, isGzipName, type TextFormat } from "../formats.ts";
import { CSV_RULES, type Reading, readFiles } from "../read-files.ts";
import { type Fields, RecordReader } from "./csv-records.ts";
import { textHead, textLines, unpackedBytes } from "./lines.ts";
import { TextPieces } from "./pieces.ts";
import type { ConversionWork, TextReader, TextSchema, TextSource } from "./reader.ts";
import { correctedTypes, typedFields } from "./types.ts";

const PLAIN: Reading = { unionByName: true, folderKeys: [] };

/** DuckDB's answer for the quote of a csv without quotes. */
const NO_QUOTE = "(empty)";

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Reads the layout `delimited`. */
export const CSV_READER: TextReader = {
  names: async (_database, path, format) => await headerOf(path, format),
  select: async (database, source, work) => ({ sql: await selectRecords(database, source, work) }),
  schema: async (database, path) => {
    const schema = await sniffedSchema(database, path);
    return { ...schema, columns: await correctedTypes(database, path, schema.columns, schema.isDoubleQuoted) };
  },
  reading: async (_database, _paths, schemas) => ({
    texts: [...new Set([...schemas.flatMap(textNames), ...mixedNames(schemas)])],
    isDoubleQuoted: schemas.some(({ isDoubleQuoted }) => isDoubleQuoted === true),
  }),
};

/** Whether these names are the fields of a row: no column is called like a URL. */
export function isRow(names: readonly string[]): boolean {
  return names.some((name) => /(^|\t)https?:\/\//i.test(name));
}

/** The error for a table without a line of names, such as CC3M and CC12M, whose first row would be taken for names. */
export function headlessError(path: string, row: readonly string[]): InputError {
  const isTabbed = delimiterByName(path) === "\t" || row.some((field) => field.includes("\t"));
  const fields = row.flatMap((field) => field.split("\t"));
  const urlPlace = fields.findIndex((field) => isRow([field]));
  const names = fields.map((_, place) => (place === urlPlace ? "url" : fields.length === 2 ? "caption" : `column${place + 1}`));
  const line = names.join(isTabbed ? "\\t" : ",");
  return new InputError(
    `${path} has no column names: its first line is a row: ${row.join(", ")}`,
    `Put a line of names before it: { printf '${line}\\n'; ${isGzipName(path) ? "zcat" : "cat"} FILE; } > NEW`,
  );
}

async function headerOf(path: string, format: TextFormat): Promise<string[]> {
  let header: Fields | undefined;
  const reader = new RecordReader(
    formatFacts(format).delimiter ?? ",",
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

/** The names of a header, unique whatever their case. */
function headerNames(header: Fields): string[] {
  const taken = new Set<string>();
  return header.map((field, index) => {
    let name = field?.trim() || `column${index + 1}`;
    while (taken.has(name.toLowerCase())) name += "_1";
    taken.add(name.toLowerCase());
    return name;
  });
}

/** All rows as text first, because a column's type depends on all its values. */
async function selectRecords(database: Database, source: TextSource, { folder, skipped, signal }: ConversionWork): Promise<string> {
  const { path, format, wanted } = source;
  let pieces: TextPieces | undefined;
  let places: number[] = [];
  const add = (fields: Fields) => {
    if (pieces) {
      pieces.add(places.map((place) => fields[place] ?? null));
      return;
    }
    const names = headerNames(fields);
    places = names.map((_, place) => place).filter((place) => wanted === "all" || wanted.includes(names[place] ?? ""));
    const kept = places.map((place) => names[place] ?? "");
    pieces = new TextPieces(database, kept, folder);
  };
  const { delimiter = ",", rule } = formatFacts(format);
  const reader = new RecordReader(delimiter, add, skipped.add);
  for await (const batch of textLines(path, skipped.add)) {
    signal.throwIfAborted();
    reader.take(batch);
    await pieces?.spill();
  }
  reader.end();
  if (!pieces) throw new InputError(`${path} holds no row`, rule ?? "");
  return await typedFields(database, await pieces.end(), pieces.names, source.texts);
}

/**
 * What DuckDB finds in a csv, with its guesses about quotes corrected. From captions such as 'Untitled' it concludes that
 * single quotes enclose fields. It then removes them, and makes one row of everything from 'Twas to the next line that ends
 * with a quote.
 */
async function sniffedSchema(database: Database, path: string): Promise<TextSchema> {
  const found = await database.rows(
    `SELECT quote, delimiter, skipped, c.name AS name, c.type AS type
     FROM (SELECT "Quote" AS quote, "Delimiter" AS delimiter, "SkipRows" AS skipped, unnest("Columns") AS c FROM sniff_csv(${fileToRead(path)}, ${CSV_RULES}))`,
  );
  const columns = found.map(({ name, type }) => ({ name: String(name), type: String(type) }));
  const names = columns.map(({ name }) => name);
  await refuseRaggedTable(path, names, Number(found[0]?.["skipped"]));
  const isDoubleQuoted = true;
  const quote = found[0]?.["quote"];
  if (quote === NO_QUOTE && (await hasLateQuotes(database, path, String(found[0]?.["delimiter"]), names)))
    return { columns, isDoubleQuoted };
  if (quote !== "'") return { columns };
  return { columns: await database.columns(`SELECT * FROM ${readFiles([path], { ...PLAIN, isDoubleQuoted })}`), isDoubleQuoted };
}

/**
 * Whether double quotes enclose fields although DuckDB saw none at the file's beginning. It would keep them in the captions,
 * and make rows of the lines between them. If the file does not read as one table that way, quotes are ordinary characters.
 */
async function hasLateQuotes(database: Database, path: string, delimiter: string, names: readonly string[]): Promise<boolean> {
  if (!(await hasFieldWithQuote(path, delimiter))) return false;
  const rows = `FROM ${readFiles([path], { ...PLAIN, isDoubleQuoted: true, isText: true })}`;
  try {
    const found = (await database.columns(rows)).map(({ name }) => name);
    if (JSON.stringify(found) !== JSON.stringify(names)) return false;
    await database.rows(`SELECT count(*) ${rows}`);
    return true;
  } catch (thrown) {
    if (thrown instanceof SqlError) return false;
    throw thrown;
  }
}

async function hasFieldWithQuote(path: string, delimiter: string): Promise<boolean> {
  const starts = new Set([LINE_FEED, RETURN, delimiter.charCodeAt(0)]);
  let before = LINE_FEED;
  for await (const chunk of unpackedBytes(path)) {
    for (let at = chunk.indexOf(QUOTE); at >= 0; at = chunk.indexOf(QUOTE, at + 1)) {
      if (starts.has((at === 0 ? before : chunk[at - 1]) ?? LINE_FEED)) return true;
    }
    before = chunk.at(-1) ?? before;
  }
  return false;
}

/**
 * DuckDB skips lines above the names that have another number of fields than most lines. These may be notes, but also the
 * names themselves above longer rows, so a table that looks wrong is searched for the line that differs.
 */
async function refuseRaggedTable(path: string, names: readonly string[], skippedLines: number): Promise<void> {
  const isNote = skippedLines === 0 || !hasDelimiter(await firstLineOf(path));
  if (isNote && !isRow(names) && !(names.length === 1 && hasDelimiter(names[0] ?? ""))) return;
  const ragged = await raggedLine(path);
  if (ragged) {
    throw new InputError(
      `${path}:${ragged.line}: ${ragged.reason}`,
      skippedLines > 0
        ? "If the lines above the names are notes, remove them. Otherwise put fields that contain the delimiter in double quotes."
        : "Put fields that contain the delimiter in double quotes, or remove that line. prep download skips, counts and names such lines.",
    );
  }
  if (isRow(names)) throw headlessError(path, names);
}

function hasDelimiter(line: string): boolean {
  return /[,;|\t]/.test(line);
}

async function firstLineOf(path: string): Promise<string> {
  return (await textHead(path)).trimStart().split("\n", 1)[0] ?? "";
}

/** The first line with another number of fields than the header; undefined if there is none, or if the header is a row. */
async function raggedLine(path: string): Promise<{ readonly line: number; readonly reason: string } | undefined> {
  let reader: RecordReader | undefined;
  let header: Fields | undefined;
  let ragged: { line: number; reason: string } | undefined;
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

/** The delimiter between the names in a header. */
function delimiterIn(path: string, header: string): string {
  return ["\t", ",", ";", "|"].find((delimiter) => header.includes(delimiter)) ?? delimiterByName(path);
}

function delimiterByName(path: string): string {
  const format = formatByName(path);
  return (format && formatFacts(format).delimiter) ?? ",";
}

function textNames({ columns }: TextSchema): string[] {
  return columns.filter(({ type }) => type === "VARCHAR").map(({ name }) => name);
}

/** Columns whose type in one file cannot hold another file's values, such as a day here and a number there. */
function mixedNames(schemas: readonly TextSchema[]): string[] {
  const kinds = new Map<string, Set<string>>();
  for (const { name, type } of schemas.flatMap(({ columns }) => columns)) kinds.set(name, (kinds.get(name) ?? new Set()).add(kindOf(type)));
  return [...kinds].filter(([, { size }]) => size > 1).map(([name]) => name);
}

function kindOf(type: string): string {
  if (type === "BIGINT" || type === "DOUBLE") return "number";
  return /^(DATE|TIMESTAMP)/.test(type) ? "day" : type;
}

// Between a text file and its group: the columns that it is found to have, before its rows are read.
import { InputError } from "../../core/errors.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { fileToRead } from "../../sql/text.ts";
import { CSV_RULES, formatOf, type Reading, readFiles } from "../formats.ts";
import { exactTypes, withoutDates } from "./exact-types.ts";
import { headlessError, isRow } from "./headless.ts";
import { hasLateQuotes } from "./late-quotes.ts";
import { firstLineOf, firstLineWithoutObject, raggedLine } from "./odd-line.ts";
import { textFileError } from "./text-errors.ts";
import { headOf, isGzip, refuseUnlessText } from "./text-lines.ts";

const PLAIN: Reading = { unionByName: true, folderKeys: [] };

/** What DuckDB says of csv in which it met no quotes. */
const NO_QUOTE = "(empty)";

/** What a text file is found to be. */
export interface TextSchema {
  readonly columns: readonly ColumnType[];
  /** It has double quotes that DuckDB would not take for such, or others that it would. */
  readonly isDoubleQuoted?: boolean;
}

/** The columns of a text file. Throws InputError for one that cannot be read, has no line of names, or no objects. */
export async function textSchema(database: Database, path: string): Promise<TextSchema> {
  try {
    switch (formatOf(path)) {
      case "jsonl":
        return { columns: await exactTypes(database, path, await jsonSchema(database, [path])) };
      case "csv": {
        const schema = await csvSchema(database, path);
        return { ...schema, columns: await exactTypes(database, path, schema.columns, schema.isDoubleQuoted) };
      }
      default:
        return { columns: await database.columns(`SELECT * FROM ${readFiles([path], PLAIN)}`) };
    }
  } catch (thrown) {
    if (thrown instanceof InputError) throw thrown;
    const head = await headOf(path);
    if (!isGzip(head)) refuseUnlessText(path, head);
    const known = thrown instanceof SqlError ? textFileError(path, thrown.message, thrown) : undefined;
    if (known) throw known;
    throw new InputError(
      `${path} cannot be read: ${(thrown instanceof Error ? thrown.message : String(thrown)).split("\n", 1)[0]}`,
      "Its first line must name the columns (csv, tsv), or every line be a JSON object (jsonl).",
      { cause: thrown },
    );
  }
}

/** What is known of text files of one kind, so that they are read as they were found. `schemas` are those of the files. */
export async function textReading(
  database: Database,
  paths: readonly string[],
  schemas: readonly TextSchema[],
): Promise<Pick<Reading, "texts" | "columns" | "isDoubleQuoted">> {
  const [first] = schemas;
  switch (formatOf(paths[0] ?? "")) {
    case "jsonl": {
      const isOne = schemas.every((schema) => JSON.stringify(schema) === JSON.stringify(first));
      return { columns: isOne ? (first?.columns ?? []) : asFound(await jsonSchema(database, paths), schemas) };
    }
    case "csv":
      return {
        texts: [...new Set([...schemas.flatMap(textsOf), ...mixedNames(schemas)])],
        isDoubleQuoted: schemas.some(({ isDoubleQuoted }) => isDoubleQuoted === true),
      };
    default:
      return {};
  }
}

/**
 * Of captions such as 'Untitled' DuckDB concludes that single quotes hold fields together, takes theirs away, and makes one
 * row of all from 'Twas to the next line that ends with one.
 */
async function csvSchema(database: Database, path: string): Promise<TextSchema> {
  const found = await database.rows(
    `SELECT quote, delimiter, skipped, c.name AS name, c.type AS type
     FROM (SELECT "Quote" AS quote, "Delimiter" AS delimiter, "SkipRows" AS skipped, unnest("Columns") AS c FROM sniff_csv(${fileToRead(path)}, ${CSV_RULES}))`,
  );
  const columns = found.map(({ name, type }) => ({ name: String(name), type: String(type) }));
  const names = columns.map(({ name }) => name);
  await refuseOddTable(path, names, Number(found[0]?.["skipped"]));
  const isDoubleQuoted = true;
  const quote = found[0]?.["quote"];
  if (quote === NO_QUOTE && (await hasLateQuotes(database, path, String(found[0]?.["delimiter"]), names)))
    return { columns, isDoubleQuoted };
  if (quote !== "'") return { columns };
  return { columns: await database.columns(`SELECT * FROM ${readFiles([path], { ...PLAIN, isDoubleQuoted })}`), isDoubleQuoted };
}

/** The columns of JSON files together, by all of their objects, as DuckDB calls their types. */
async function jsonSchema(database: Database, paths: readonly string[], hasManyKeys = false): Promise<ColumnType[]> {
  const rows = await database.rows(
    `SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM ${readFiles(paths, { ...PLAIN, hasManyKeys })})`,
  );
  const columns = rows.map(({ name, type }) => ({ name: String(name), type: String(type) }));
  const [only] = columns;
  if (columns.length !== 1 || only?.name !== "json") return columns;
  if (only.type === "JSON") throw await noObjectError(paths[0] ?? "");
  // Of 200 keys of one type, or of many that few objects have, DuckDB makes one column, a map of them.
  return only.type.startsWith("MAP(") && !hasManyKeys ? await jsonSchema(database, paths, true) : columns;
}

/** The error for a file of JSON that is not an object for each row. */
async function noObjectError(path: string): Promise<InputError> {
  const line = await firstLineWithoutObject(path);
  return new InputError(
    line === undefined ? `${path} has values that are no JSON objects` : `${path}:${line}: this is no JSON object`,
    "Mend or remove it; prep download skips, counts and names such lines.",
  );
}

/** Above the names DuckDB passes over what has other fields than most lines: a note, but also the names above longer rows. */
async function refuseOddTable(path: string, names: readonly string[], skippedLines: number): Promise<void> {
  const isNote = skippedLines === 0 || !hasDelimiter(await firstLineOf(path));
  if (isNote && !isRow(names) && !(names.length === 1 && hasDelimiter(names[0] ?? ""))) return;
  const ragged = await raggedLine(path);
  if (ragged) {
    throw new InputError(
      `${path}:${ragged.line}: ${ragged.reason}`,
      skippedLines > 0
        ? "Where the lines above the names are notes, remove them; else put fields that hold what stands between fields in double quotes."
        : "Put fields that hold what stands between fields in double quotes, or remove that line; prep download skips, counts and names such lines.",
    );
  }
  if (isRow(names)) throw headlessError(path, names);
}

function hasDelimiter(line: string): boolean {
  return /[,;|\t]/.test(line);
}

/** The columns of files together, with those as text, and dates in them, that are so in one of the files. */
function asFound(columns: readonly ColumnType[], schemas: readonly TextSchema[]): ColumnType[] {
  const texts = new Set(schemas.flatMap(textsOf));
  const undated = new Set(
    schemas.flatMap((schema) => schema.columns.filter(({ type }) => withoutDates(type) === type)).map(({ name }) => name),
  );
  return columns.map(({ name, type }) => ({ name, type: texts.has(name) ? "VARCHAR" : undated.has(name) ? withoutDates(type) : type }));
}

/** Columns that hold in one file what no other file's type can: a day in this and a number in that. */
function mixedNames(schemas: readonly TextSchema[]): string[] {
  const kinds = new Map<string, Set<string>>();
  for (const { name, type } of schemas.flatMap(({ columns }) => columns)) kinds.set(name, (kinds.get(name) ?? new Set()).add(kindOf(type)));
  return [...kinds].filter(([, { size }]) => size > 1).map(([name]) => name);
}

function kindOf(type: string): string {
  if (type === "BIGINT" || type === "DOUBLE") return "number";
  return /^(DATE|TIMESTAMP)/.test(type) ? "day" : type;
}

function textsOf({ columns }: TextSchema): string[] {
  return columns.filter(({ type }) => type === "VARCHAR").map(({ name }) => name);
}

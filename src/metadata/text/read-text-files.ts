// Reads text files of every layout: column names, schemas, and the conversion to parquet.
import { InputError } from "../../core/errors.ts";
import type { ColumnType, Database } from "../../sql/database.ts";
import { SqlError } from "../../sql/errors.ts";
import { fileToWrite, parquetFiles } from "../../sql/text.ts";
import { formatFacts, layoutOf, type TextFormat, type TextLayout } from "../formats.ts";
import { CSV_READER } from "./csv.ts";
import { textFileError } from "./errors.ts";
import { JSON_READER } from "./json.ts";
import { headOf, isGzip, LineCount, refuseUnlessText, type SkippedLines, textHead } from "./lines.ts";
import { TABLE_FORMAT } from "./pieces.ts";
import type { TextReader, TextReading, TextSchema, TextSource } from "./reader.ts";
import { refuseUnreadableLayout } from "./refuse-layout.ts";
import { URLS_READER } from "./urls.ts";

/** The reader of each text layout. */
const READERS: Readonly<Record<TextLayout, TextReader>> = { delimited: CSV_READER, objects: JSON_READER, urls: URLS_READER };

/** A text file that was converted to parquet. */
export interface TextTable {
  readonly rows: number;
  readonly columns: readonly ColumnType[];
  readonly skipped: SkippedLines;
  /** Lone surrogates in JSON that were replaced by U+FFFD. */
  readonly mendedHalves?: number;
}

/** The column names of a text file. Throws InputError for a file without any, or with a layout that would lose rows. */
export async function textColumns(database: Database, path: string, format: TextFormat): Promise<string[]> {
  refuseUnreadableLayout(path, format, await textHead(path));
  const names = await readerOf(format).names(database, path, format);
  if (names.length === 0) throw new InputError(`${path} holds no row`, formatFacts(format).rule ?? "Write or fetch it again.");
  return names;
}

/**
 * Writes the rows of a text file to the parquet file `target`, in file order; bad lines are skipped and counted. Pieces of
 * the table go into `folder`, which the caller removes. A csv column gets the type that all its values have. In JSON, text
 * stays text. No whole number loses digits. Throws InputError for a file without rows, SqlError for broken JSON that is not
 * one object a line, and the signal's reason when it aborts.
 */
export async function writeTextTable(
  database: Database,
  source: TextSource,
  folder: string,
  target: string,
  signal: AbortSignal,
): Promise<TextTable> {
  const skipped = new LineCount();
  const { sql, mendedHalves } = await readerOf(source.format).select(database, source, { folder, skipped, signal });
  const rows = await database.run(`COPY (${sql}) TO ${fileToWrite(target)} (${TABLE_FORMAT})`);
  const columns = await database.columns(`FROM ${parquetFiles(target)}`);
  return { rows, columns, skipped: skipped.lines(), ...(mendedHalves === undefined ? {} : { mendedHalves }) };
}

/** The columns that DuckDB is to read from a text file. Throws InputError if it cannot be read, or has no names or objects. */
export async function textSchema(database: Database, path: string): Promise<TextSchema> {
  try {
    return (await readerByName(path)?.schema(database, path)) ?? { columns: [] };
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

/** How to read files of one layout together, given the schema of each. */
export async function textReading(database: Database, paths: readonly string[], schemas: readonly TextSchema[]): Promise<TextReading> {
  return (await readerByName(paths[0] ?? "")?.reading(database, paths, schemas)) ?? {};
}

function readerOf(format: TextFormat): TextReader {
  return READERS[formatFacts(format).layout as TextLayout];
}

function readerByName(path: string): TextReader | undefined {
  const layout = layoutOf(path);
  return layout === "parquet" ? undefined : READERS[layout];
}

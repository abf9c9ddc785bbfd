// What a reader of a text layout provides.
import type { ColumnType, Database } from "../../sql/database.ts";
import type { TextFormat } from "../formats.ts";
import type { Reading } from "../read-files.ts";
import type { LineCount } from "./lines.ts";

/** The columns that DuckDB is to read from a text file. */
export interface TextSchema {
  readonly columns: readonly ColumnType[];
  /** csv: only double quotes enclose fields, though DuckDB would guess otherwise. */
  readonly isDoubleQuoted?: boolean;
}

/** Settings for reading text files of one layout together, as their schemas were found. */
export type TextReading = Pick<Reading, "texts" | "columns" | "isDoubleQuoted">;

/** A text file and the columns wanted from it. */
export interface TextSource {
  readonly path: string;
  readonly format: TextFormat;
  /** As the file spells them. */
  readonly wanted: readonly string[] | "all";
  /** Columns that stay text whatever they look like. */
  readonly texts: readonly string[];
}

/** What a conversion works with. */
export interface ConversionWork {
  /** A folder for temporary files, removed by the caller. */
  readonly folder: string;
  /** Counts lines that are skipped. */
  readonly skipped: LineCount;
  readonly signal: AbortSignal;
}

/** The rows of a text file as a SELECT. */
export interface SelectedRows {
  readonly sql: string;
  /** JSON: lone surrogates that were replaced by U+FFFD. */
  readonly mendedHalves?: number;
}

/**
 * Reads one layout. `names` and `select` serve downloads, which skip and count bad lines. `schema` and `reading` serve
 * queries, where DuckDB reads the file itself and a bad line is an error.
 */
export interface TextReader {
  /** Column names, told by the first lines; empty if there is no row. */
  names(database: Database, path: string, format: TextFormat): Promise<string[]>;
  /** SQL of the wanted columns of all rows, in file order, with types that keep every value. Throws InputError for a file without rows. */
  select(database: Database, source: TextSource, work: ConversionWork): Promise<SelectedRows>;
  /** Column names and types. Throws InputError or DuckDB's SqlError for a file that cannot be read. */
  schema(database: Database, path: string): Promise<TextSchema>;
  /** How to read files with these schemas together. */
  reading(database: Database, paths: readonly string[], schemas: readonly TextSchema[]): Promise<TextReading>;
}

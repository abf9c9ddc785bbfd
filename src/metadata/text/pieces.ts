// Collects rows of text on disk in pieces, so that memory does not grow with the file.
import { join } from "node:path";
import type { Database } from "../../sql/database.ts";
import { fileToWrite, parquetFiles, quoteName } from "../../sql/text.ts";
import type { Fields } from "./csv-records.ts";

/** A piece is written when it has this many rows, or characters in their fields. */
const PIECE_ROWS = 262_144;
const PIECE_CHARACTERS = 32 * 2 ** 20;

/** COPY options. Shards read whole row groups; larger ones would mostly be read in vain. */
export const TABLE_FORMAT = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 32768";

/** Rows of text columns; at most one piece is in memory. */
export class TextPieces {
  readonly names: readonly string[];
  readonly #database: Database;
  readonly #folder: string;
  readonly #paths: string[] = [];
  #columns: (string | null)[][];
  #rows = 0;
  #characters = 0;

  /** Writes pieces into `folder`, which must exist. */
  constructor(database: Database, names: readonly string[], folder: string) {
    this.#database = database;
    this.names = names;
    this.#folder = folder;
    this.#columns = names.map(() => []);
  }

  /** Adds a row in memory. */
  add(fields: Fields): void {
    for (const [index, field] of fields.entries()) {
      this.#columns[index]?.push(field);
      this.#characters += field?.length ?? 0;
    }
    this.#rows += 1;
  }

  /** Writes the rows in memory if they fill a piece. */
  async spill(): Promise<void> {
    if (this.#rows >= PIECE_ROWS || this.#characters >= PIECE_CHARACTERS) await this.#write();
  }

  /** Writes the last piece and returns SQL of all rows in order. */
  async end(): Promise<string> {
    if (this.#rows > 0 || this.#paths.length === 0) await this.#write();
    return parquetFiles(this.#paths);
  }

  async #write(): Promise<void> {
    const path = join(this.#folder, `piece-${this.#paths.length}.parquet`);
    const columns = this.names.map((name) => `${quoteName(name)} VARCHAR`).join(", ");
    await this.#database.run(`CREATE OR REPLACE TABLE prep_piece (${columns})`);
    await this.#database.appendTexts("prep_piece", this.#columns);
    await this.#database.run(`COPY prep_piece TO ${fileToWrite(path)} (${TABLE_FORMAT}); DROP TABLE prep_piece`);
    this.#paths.push(path);
    this.#columns = this.names.map(() => []);
    this.#rows = 0;
    this.#characters = 0;
  }
}

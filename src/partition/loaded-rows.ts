// Rows of the shuffled order in DuckDB's memory, encoded piece by piece by small statements.
import { rm } from "node:fs/promises";
import type { ParquetFooter } from "../parquet/parquet-footer.ts";
import type { ColumnType, Database } from "../sql/database.ts";
import { fileToWrite, parquetFiles } from "../sql/text.ts";
import { RowGroupCopier } from "./copy-row-groups.ts";
import type { RunStatement } from "./side-by-side.ts";

/** Where a row group begins: its first row in the file, and that row's position in the table. */
interface Place {
  readonly row: number;
  readonly position: number;
}

/** A file whose rows are loaded, and what loading needs. */
export interface LoadedFile {
  readonly footer: ParquetFooter;
  readonly run: RunStatement;
  readonly isRowidHidden: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of the shuffled order as a table in DuckDB's memory: some row groups of a file, or all rows. */
export class LoadedRows {
  readonly #run: RunStatement;
  readonly #table: string;
  readonly #places: readonly Place[];
  /** Whether a column of the user's hides DuckDB's `rowid`. */
  readonly #isRowidHidden: boolean;

  private constructor(run: RunStatement, table: string, places: readonly Place[], isRowidHidden: boolean) {
    this.#run = run;
    this.#table = table;
    this.#places = places;
    this.#isRowidHidden = isRowidHidden;
  }

  /** Takes the whole order, which is in a table already. */
  static async whole(database: Database, run: RunStatement, table: string): Promise<LoadedRows> {
    return new LoadedRows(run, table, [{ row: 0, position: 0 }], hidesRowid(await database.columns(`FROM ${table}`)));
  }

  /** Loads row groups of a file, given in rising order, into a table. The table's name must be free. */
  static async load({ footer, run, isRowidHidden, signal }: LoadedFile, groups: readonly number[], table: string): Promise<LoadedRows> {
    const { firstRow } = footer.groups;
    return await withGroupsCopied(footer, groups, `${footer.path}.${table}`, signal, async (path) => {
      await run(`CREATE TABLE ${table} AS FROM ${parquetFiles(path)}`);
      const places: Place[] = [];
      let position = 0;
      for (const group of groups) {
        const [row = 0, next = 0] = firstRow.subarray(group, group + 2);
        places.push({ row, position });
        position += next - row;
      }
      return new LoadedRows(run, table, places, isRowidHidden);
    });
  }

  /** Writes rows [start, end) of the order as a parquet file. All of them must be loaded. */
  async write(start: number, end: number, path: string, options: string): Promise<void> {
    const range = this.#range(start, end);
    const rows = await this.#run(`COPY (SELECT * FROM ${this.#table} ${range}) TO ${fileToWrite(path)} ${options}`);
    if (rows !== end - start) throw new Error(`${path} has ${rows} rows instead of ${end - start}`);
  }

  /** SQL that selects rows [start, end) of the order from the table. */
  #range(start: number, end: number): string {
    if (start === end) return "LIMIT 0";
    const place = this.#places.findLast(({ row }) => row <= start);
    if (!place) throw new Error(`row ${start} is not loaded`);
    const from = place.position + start - place.row;
    const to = from + end - start;
    // OFFSET is slower: it reads the rows before it and drops them.
    return this.#isRowidHidden ? `LIMIT ${to - from} OFFSET ${from}` : `WHERE rowid >= ${from} AND rowid < ${to}`;
  }

  /** Frees the memory. */
  async drop(): Promise<void> {
    await this.#run(`DROP TABLE ${this.#table}`);
  }
}

/** Whether a column of the user's hides `rowid`, DuckDB's number of a row in its table. */
export function hidesRowid(columns: readonly ColumnType[]): boolean {
  return columns.some(({ name }) => name.toLowerCase() === "rowid");
}

/**
 * Copies row groups of a file, given in rising order, into a file of their own while `use` runs. DuckDB parses the whole footer of a
 * file that it reads, and the footer of the shuffled file may be huge.
 */
export async function withGroupsCopied<T>(
  footer: ParquetFooter,
  groups: readonly number[],
  path: string,
  signal: AbortSignal | undefined,
  use: (path: string) => Promise<T>,
): Promise<T> {
  try {
    const copier = await RowGroupCopier.create(path, footer, signal);
    try {
      for (const group of groups) await copier.append(footer, group, group + 1);
      await copier.finish();
    } finally {
      await copier.close();
    }
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}

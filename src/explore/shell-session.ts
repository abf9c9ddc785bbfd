// The shell without its terminal: statements on the tables of a run, behind the run's fence.
import { rmSync } from "node:fs";
import { QueryError, UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { QUERY_FUNCTIONS } from "../functions/create-functions.ts";
import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import { datasetsWith } from "../metadata/columns/columns-elsewhere.ts";
import type { MetadataColumns } from "../metadata/columns/view.ts";
import { findMetadataFiles } from "../metadata/find/metadata-files.ts";
import { completeStatement } from "../query/complete.ts";
import { queryErrorFrom } from "../query/errors.ts";
import { queryFileText, type SetVariable, standaloneQuery } from "../query/saved-query.ts";
import { ShellStatements } from "../query/shell-statements.ts";
import { splitStatements, tokenize, variablesRead } from "../query/tokens.ts";
import { parseVariables, setVariables } from "../query/variables.ts";
import { openTables, parseTables } from "../selection/open-tables.ts";
import type { ColumnType, Database, QueryResult } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";
import { keepInterrupting } from "../sql/interruptible.ts";
import { quoteName } from "../sql/text.ts";
import { makePrivateFolder } from "../store/private-folder.ts";
import { exportRows } from "./export-rows.ts";

export type { ColumnType } from "../sql/database.ts";

/** What a shell opens. */
export type ShellConfig = Pick<SelectionConfig, "metadata" | "tables" | "variables" | "swappedSizes">;

/** First words of statements whose rows may become samples. */
const SELECTING = /^(select|with|from|values|pivot|unpivot|\()$/i;

/** An open shell without its terminal. Call `close` at the end. */
export class ShellSession {
  readonly #config: ShellConfig;
  readonly #database: Database;
  readonly #columns: MetadataColumns;
  readonly #folder: string;
  readonly #statements: ShellStatements;
  readonly #definitions: string[] = [];
  #lastSelect: string | undefined;
  #lastRows: string | undefined;
  #stopInterrupting: (() => void) | undefined;

  private constructor(config: ShellConfig, database: Database, columns: MetadataColumns, folder: string, statements: ShellStatements) {
    this.#config = config;
    this.#database = database;
    this.#columns = columns;
    this.#folder = folder;
    this.#statements = statements;
  }

  /** Opens the tables as a run does, and throws what a run throws. */
  static async open(config: ShellConfig, resources: Resources, { emit }: Pick<RunEffects, "emit">): Promise<ShellSession> {
    const variables = parseVariables(config.variables);
    const tables = parseTables(config.tables);
    const files = await findMetadataFiles(config.metadata);
    const request = { files, tables, swappedSizes: config.swappedSizes };
    const folder = await makePrivateFolder("shell", resources.tempDirectory);
    let database: Database | undefined;
    try {
      const opened = await openTables(request, folder, { ...resources, tempDirectory: folder }, emit);
      database = opened.database;
      await setVariables(database, variables);
      return new ShellSession(config, database, opened.columns, folder, await ShellStatements.of(database));
    } catch (error) {
      database?.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The known data sets of the metadata. */
  get datasets(): readonly string[] {
    return this.#columns.datasets;
  }

  /** The last SELECT that ran, with the definitions of this session that it uses; undefined before the first. */
  get lastQuery(): string | undefined {
    return this.#lastSelect === undefined ? undefined : standaloneQuery(this.#lastSelect, this.#definitions);
  }

  /** Runs one statement; resolves with its rows, if it has any. Throws QueryError that shows the place of an error. */
  async run(text: string, as: "text" | "json"): Promise<QueryResult | undefined> {
    const [given] = splitStatements(text);
    const [statement] = splitStatements(given?.text ?? "");
    if (!statement) return undefined;
    try {
      const { kind, text: allowed } = await this.#statements.allowed(statement);
      const result = await this.#database.query(allowed, as);
      if (kind === "rows" || kind === "plan") this.#lastRows = kind === "rows" ? allowed : undefined;
      if (kind === "rows" && SELECTING.test(statement.tokens[0]?.text ?? "")) this.#lastSelect = allowed;
      if (kind === "definition") this.#definitions.push(allowed);
      return kind === "rows" || kind === "plan" ? result && { ...result, rows: this.#located(allowed, result.rows) } : undefined;
    } catch (thrown) {
      throw this.#errorOf(thrown, statement.text);
    }
  }

  /**
   * Runs the last statement that returned rows again, and writes its rows to a new file in the format of its ending. Returns the
   * size in bytes. Throws UsageError if there was none, and what `exportRows` throws.
   */
  async export(path: string): Promise<number> {
    const select = this.#lastRows;
    if (select === undefined) throw new UsageError("there is no result to export yet", "Run a SELECT, then .export FILE.");
    try {
      return await exportRows(this.#database, select, path, this.#folder);
    } catch (thrown) {
      // Drop the position: it counts in the text around the SELECT, which the user does not see.
      throw thrown instanceof SqlError
        ? this.#errorOf(new SqlError(thrown.type, thrown.message, undefined, thrown.candidates, thrown), select)
        : thrown;
    }
  }

  async *#located(text: string, rows: QueryResult["rows"]): QueryResult["rows"] {
    try {
      yield* rows;
    } catch (thrown) {
      throw this.#errorOf(thrown, text);
    }
  }

  #errorOf(thrown: unknown, text: string): unknown {
    if (!(thrown instanceof SqlError)) return thrown;
    if (/^interrupt/i.test(thrown.type) || /interrupted/i.test(thrown.message)) return new QueryError("interrupted");
    if (thrown.type === "Permission" || /configuration has been locked/i.test(thrown.message)) {
      const why = thrown.message.split("\n", 1)[0];
      return new QueryError(
        `the shell is fenced like a run: ${why}`,
        "It reads only the metadata and --table tables; .export FILE and .run write rows to files.",
      );
    }
    const [statement] = splitStatements(text);
    const names = this.#columns.columns.map(({ name }) => name);
    return statement ? queryErrorFrom({ name: "statement", text }, statement, thrown, names, datasetsWith) : thrown;
  }

  /** Views and tables with their columns, `metadata` first. */
  async tables(): Promise<{ name: string; columns: readonly ColumnType[] }[]> {
    const rows = await this.#database.rows(
      "SELECT name FROM (SELECT view_name AS name FROM duckdb_views() WHERE NOT internal UNION SELECT table_name FROM duckdb_tables() WHERE NOT internal) ORDER BY name <> 'metadata', name",
    );
    const tables = [];
    for (const row of rows) {
      const name = String(row["name"]);
      tables.push({ name, columns: await this.#database.columns(`FROM ${quoteName(name)}`) });
    }
    return tables;
  }

  /** Names and types of a table's columns. Throws UsageError with the nearest name if there is no such table. */
  async schema(name: string): Promise<readonly ColumnType[]> {
    const tables = await this.tables();
    const found = tables.find((table) => table.name.toLowerCase() === name.toLowerCase());
    if (found) return found.columns;
    const names = tables.map((table) => table.name);
    const nearest = nearestName(name, names);
    throw new UsageError(`there is no table ${name}`, nearest ? `Did you mean ${nearest}?` : `The tables are ${names.join(", ")}.`);
  }

  /** Words that may complete an unfinished statement (columns, tables, functions, keywords, in this order), and where they start in it. */
  async complete(text: string): Promise<{ words: readonly string[]; start: number }> {
    return await completeStatement(this.#database, text);
  }

  /** The arguments of a `prep run` with the last SELECT on these tables. Throws UsageError if there was none. */
  async job(output: string, more: readonly string[]): Promise<string[]> {
    const query = this.#insistOnQuery();
    const read = new Set(variablesRead(tokenize(query)).map(({ name }) => name.toLowerCase()));
    const variables = (await this.#variables()).filter(({ name }) => read.has(name.toLowerCase()));
    const { metadata, tables, swappedSizes } = this.#config;
    return [
      // The line break keeps a query of one word from being a name.
      ...["run", `${query}\n`, "--output", output, "--swapped-sizes", swappedSizes],
      ...metadata.map((path) => `--metadata=${path}`),
      ...tables.map((table) => `--table=${table}`),
      ...variables.map(({ name, type, value }) => `--set=${name}=${type === "VARCHAR" ? `'${value.replaceAll("'", "''")}'` : value}`),
      ...more,
    ];
  }

  /** The last SELECT as the text of a query file, which says `says` at its top. Throws UsageError if there was none. */
  async savedQuery(says: string): Promise<string> {
    return queryFileText(this.#insistOnQuery(), says, this.datasets, await this.#variables());
  }

  #insistOnQuery(): string {
    const query = this.lastQuery;
    if (query === undefined)
      throw new UsageError("there was no SELECT yet", "Run one that selects the rows you want, with url among its columns.");
    return query;
  }

  async #variables(): Promise<SetVariable[]> {
    const rows = await this.#database.rows("SELECT name, type, value::VARCHAR AS value FROM duckdb_variables() WHERE value IS NOT NULL");
    return rows.map(({ name, type, value }) => ({ name: String(name), type: String(type), value: String(value) }));
  }

  /** Stops the running statement, which then throws. Call `settle` after it has ended. */
  interrupt(): void {
    this.#stopInterrupting ??= keepInterrupting([this.#database]);
  }

  /** Stops interrupting, so that the next statement can run. */
  settle(): void {
    this.#stopInterrupting?.();
    this.#stopInterrupting = undefined;
  }

  /** Closes the database and removes the temporary files. */
  close(): void {
    this.settle();
    this.#database.close();
    this.removeFiles();
  }

  /** Removes the temporary files synchronously, for a process that a signal ends. */
  removeFiles(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The functions that queries can call in addition to DuckDB's own, as lines. */
export function functionLines(): string[] {
  return QUERY_FUNCTIONS.map(({ name, parameters, says }) => `  ${`${name}(${parameters.join(", ")})`.padEnd(32)} ${says}`);
}

/** The complete statements of a text, and the rest of it. */
export function completeStatements(text: string): { readonly statements: readonly string[]; readonly rest: string } {
  const ends = tokenize(text).filter(({ kind, text: symbol }) => kind === "symbol" && symbol === ";");
  const end = ends.at(-1)?.end ?? 0;
  return { statements: splitStatements(text.slice(0, end)).map((statement) => statement.text), rest: text.slice(end) };
}

/** Whether a text holds anything but blanks and comments. */
export function isBlank(text: string): boolean {
  return tokenize(text).length === 0;
}

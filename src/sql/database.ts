// A DuckDB database in memory: statements, results, appended rows, the fence, interrupts.
import {
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBValue,
  ResultReturnType,
  StatementType,
} from "@duckdb/node-api";
import type { Fractions } from "../core/json.ts";
import type { JsonValue } from "../core/sample.ts";
import { appendRows, appendTextColumns } from "./append-rows.ts";
import { toSqlError } from "./errors.ts";
import { columnFractions } from "./fractions.ts";
import { type DatabaseOptions, openInstance } from "./open-instance.ts";
import { valuesOf } from "./result-rows.ts";
import { quoteList, readPattern } from "./text.ts";
import { defineTextFunction } from "./text-function.ts";
import { toBytesOrJson, toFloatText, toJson, toText } from "./values.ts";

/** A column of a result. */
export interface ColumnType {
  readonly name: string;
  /** DuckDB's name of the type, such as `BIGINT` or `STRUCT(a INTEGER)`. */
  readonly type: string;
}

/** Progress of the running statement. */
export interface SqlProgress {
  /** 0 to 100, or -1 if DuckDB cannot tell. */
  readonly percentage: number;
}

/** The kinds of statements that `prep` distinguishes. */
export type StatementKind = "select" | "create" | "other";

/** A row as JSON values, by column name. */
export type JsonRow = Readonly<Record<string, JsonValue>>;

/** The result of a statement that is still running. */
export interface QueryResult {
  readonly columns: readonly ColumnType[];
  readonly rows: AsyncGenerator<readonly JsonValue[]>;
}

/** A database in memory. Every method throws SqlError. Close it, or its process does not end. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Whether the data are freed with this connection. */
  readonly #isOwner: boolean;
  readonly #siblings = new Set<Database>();
  /** The connection of appenders. An appender breaks a statement that its connection runs, and a worker makes several shards at once. */
  #appending: Promise<DuckDBConnection> | undefined;
  #isClosed = false;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, isOwner: boolean) {
    this.#instance = instance;
    this.#connection = connection;
    this.#isOwner = isOwner;
  }

  /** Opens an empty database that never loads an extension and never uses the network by itself. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { instance, connection } = await openInstance(options);
    return new Database(instance, connection, true);
  }

  /** Runs one or more statements. Returns how many rows the last one changed or wrote. */
  async run(sql: string, parameters?: Record<string, DuckDBValue>): Promise<number> {
    try {
      const result = await (parameters ? this.#connection.run(sql, parameters) : this.#connection.run(sql));
      return result.rowsChanged;
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** All rows of a small result as JSON values, with 64-bit integers as bigint. */
  async rows(sql: string, parameters?: Record<string, DuckDBValue>): Promise<JsonRow[]> {
    try {
      const reader = await this.#connection.runAndReadAll(sql, parameters);
      const names = reader.deduplicatedColumnNames();
      // Made here, because the row objects of the library lose a column `__proto__`.
      return reader.getRows().map((row) => Object.fromEntries(names.map((name, column) => [name, toJson(row[column] ?? null)])));
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /**
   * The rows of a result, one after the other. Memory holds only what DuckDB returns at a time: 2,048 rows, and never more than a
   * row group of a parquet file. A BLOB is its bytes, any other value is JSON.
   */
  async *stream(sql: string): AsyncGenerator<Readonly<Record<string, JsonValue | Buffer>>> {
    try {
      const result = await this.#connection.stream(sql);
      const names = result.columnNames();
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        for (const row of chunk.getRows())
          yield Object.fromEntries(names.map((name, column) => [name, toBytesOrJson(row[column] ?? null)]));
      }
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /**
   * Runs one statement of any kind. Returns undefined if it returns no rows. Otherwise returns its columns, whose names may repeat,
   * and its rows as they come, with values as DuckDB prints them or as JSON. The next statement ends a result that was not read whole.
   */
  async query(sql: string, as: "text" | "json"): Promise<QueryResult | undefined> {
    try {
      const result = await this.#connection.stream(sql);
      if (result.returnType !== ResultReturnType.QUERY_RESULT) return undefined;
      const types = result.columnTypes();
      const columns = result.columnNames().map((name, column) => ({ name, type: String(types[column]) }));
      return {
        columns,
        rows: valuesOf(
          result,
          columns.map(({ type }) => (as === "json" ? toJson : type === "FLOAT" ? toFloatText : toText)),
        ),
      };
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** Names and types of the columns of a SELECT, without running it. */
  async columns(select: string): Promise<ColumnType[]> {
    try {
      const statement = await this.#connection.prepare(select);
      return Array.from({ length: statement.columnCount }, (_, column) => ({
        name: statement.columnName(column),
        type: statement.columnType(column).toString(),
      }));
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** The columns of a SELECT with numbers that may have fractions, and where in their values these are. */
  async fractions(select: string): Promise<Map<string, Fractions>> {
    try {
      return columnFractions(await this.#connection.prepare(select));
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** The kind of the only statement of a text. Throws SqlError, with a position in the text, if it does not parse or bind. */
  async statementKind(sql: string): Promise<StatementKind> {
    try {
      const statement = await this.#connection.prepare(sql);
      if (statement.statementType === StatementType.SELECT) return "select";
      return statement.statementType === StatementType.CREATE ? "create" : "other";
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** Counts the statements of a text with DuckDB's parser. Throws SqlError, with a position in the text, if it does not parse. */
  async countStatements(sql: string): Promise<number> {
    try {
      return (await this.#connection.extractStatements(sql)).count;
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** Defines a function that SQL can call, see `defineTextFunction`. */
  createTextFunction(name: string, map: (text: string) => string | null): void {
    defineTextFunction(this.#connection, name, map);
  }

  /** Appends rows of simple values to a table, in the order of its columns. */
  async append(table: string, rows: readonly (readonly DuckDBValue[])[]): Promise<void> {
    appendRows(await this.#appender(table), rows);
  }

  async #appender(table: string): Promise<DuckDBAppender> {
    this.#appending ??= this.#instance.connect();
    return await (await this.#appending).createAppender(table);
  }

  /** Appends texts to a table of VARCHAR columns, given column by column, all of one length. For many rows at a time. */
  async appendTexts(table: string, columns: readonly (readonly (string | null)[])[]): Promise<void> {
    appendTextColumns(await this.#appender(table), columns);
  }

  /**
   * Closes the fence: from now on no SQL can read or write anything on disk or network but these files and folders, or change a
   * setting.
   */
  async fence(paths: readonly string[], directories: readonly string[]): Promise<void> {
    // DuckDB checks both the path and the glob by which it is read.
    const named = (names: readonly string[]) => quoteList([...new Set([...names, ...names.map(readPattern)])]);
    await this.run(`SET allowed_paths = ${named(paths)}`);
    await this.run(`SET allowed_directories = ${named(directories)}`);
    await this.run("SET enable_external_access = false");
    await this.run("SET lock_configuration = true");
  }

  /** Progress of the running statement. */
  progress(): SqlProgress {
    return { percentage: this.#connection.progress.percentage };
  }

  /** Opens another connection to the same data and limits, for statements side by side. Close it before this one. */
  async sibling(): Promise<Database> {
    const sibling = new Database(this.#instance, await this.#instance.connect(), false);
    this.#siblings.add(sibling);
    return sibling;
  }

  /** Stops the running statements of this connection and its siblings, which then throw. DuckDB needs up to two seconds. */
  interrupt(): void {
    if (this.#isClosed) return;
    this.#connection.interrupt();
    for (const sibling of this.#siblings) sibling.interrupt();
  }

  /** Frees everything and removes spill files. May be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.#appending?.then((connection) => connection.closeSync());
    this.#connection.closeSync();
    if (this.#isOwner) this.#instance.closeSync();
  }
}

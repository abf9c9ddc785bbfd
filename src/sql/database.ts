// The only folder that knows DuckDB: one in-memory database with its limits, its fence and its connection.
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBValue,
  ResultReturnType,
  StatementType,
  VARCHAR,
} from "@duckdb/node-api";
import type { Fractions } from "../core/json.ts";
import type { JsonValue } from "../core/sample.ts";
import { toSqlError } from "./errors.ts";
import { columnFractions } from "./fractions.ts";
import { countedBytes } from "./memory-limit.ts";
import { valuesOf } from "./result-rows.ts";
import { quoteList, readPattern } from "./text.ts";
import { defineTextFunction } from "./text-function.ts";
import { toBytesOrJson, toFloatText, toJson, toText } from "./values.ts";
import { decodeTextsWhole } from "./whole-texts.ts";

/**
 * How much must be free before DuckDB gives memory back to the kernel. Its defaults (128 and 512 MB) make a sort give the
 * same pages back and fault them in again and again, which took a seventh of the CPU of shuffling 10 million rows; what
 * the process holds at its peak is the same.
 */
const NEVER = "1TB";

/** The same for a worker, where rows and sidecars of a shard left 100 MB of holes in the heap that downloads share. */
const AT_ONCE = "1MB";

/** What a database may use. */
export interface DatabaseOptions {
  readonly threads: number;
  /** What DuckDB may hold in memory; its process needs a few hundred MB more. */
  readonly memoryLimitBytes: number;
  /** Where it spills; without one it never spills. */
  readonly tempDirectory?: string;
  readonly maxTempBytes?: number;
  /** Gives memory back to the kernel after every statement: for a database whose process has much else to do. Default false. */
  readonly givesMemoryBack?: boolean;
}

/** A result column. */
export interface ColumnType {
  readonly name: string;
  /** DuckDB's name of the type, such as `BIGINT` or `STRUCT(a INTEGER)`. */
  readonly type: string;
}

/** How far the running statement is. */
export interface SqlProgress {
  /** 0 to 100, or -1 where DuckDB cannot tell. */
  readonly percentage: number;
}

/** What kind of statement a text is, as far as `prep` tells them apart. */
export type StatementKind = "select" | "create" | "other";

/** A row as plain JSON values, by column name. */
export type JsonRow = Readonly<Record<string, JsonValue>>;

/** What a statement returns, while it is running. */
export interface QueryResult {
  readonly columns: readonly ColumnType[];
  readonly rows: AsyncGenerator<readonly JsonValue[]>;
}

/** Rows of a chunk, DuckDB's own vector size. */
const CHUNK_ROWS = 2048;

/** One DuckDB in memory. Every method throws SqlError. Close it, or its process does not end. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Whether the data go with this connection. */
  readonly #isOwner: boolean;
  readonly #siblings = new Set<Database>();
  /** Appenders have one of their own: theirs breaks a statement that is under way, and a worker has several shards in work. */
  #appending: Promise<DuckDBConnection> | undefined;
  #isClosed = false;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, isOwner: boolean) {
    this.#instance = instance;
    this.#connection = connection;
    this.#isOwner = isOwner;
  }

  /** Opens an empty database that never reaches for an extension or the network by itself. */
  static async open(options: DatabaseOptions): Promise<Database> {
    decodeTextsWhole();
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(options.threads),
      memory_limit: `${countedBytes(options)}B`,
      temp_directory: options.tempDirectory ?? "",
      ...(options.maxTempBytes === undefined ? {} : { max_temp_directory_size: `${options.maxTempBytes}B` }),
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      // For siblings, too, which may be opened when nothing can be set any more.
      errors_as_json: "true",
    });
    const database = new Database(instance, await instance.connect(), true);
    await database.run("SET enable_progress_bar = true; SET enable_progress_bar_print = false");
    // A result must not depend on the machine that it was made on.
    await database.run("SET TimeZone = 'UTC'");
    const kept = options.givesMemoryBack ? AT_ONCE : NEVER;
    await database.run(`SET allocator_flush_threshold = '${kept}'; SET allocator_bulk_deallocation_flush_threshold = '${kept}'`);
    return database;
  }

  /** Runs one or more statements; returns how many rows the last one changed or wrote. */
  async run(sql: string, parameters?: Record<string, DuckDBValue>): Promise<number> {
    try {
      const result = await (parameters ? this.#connection.run(sql, parameters) : this.#connection.run(sql));
      return result.rowsChanged;
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** All rows of a small result as plain JSON values (64-bit integers as bigint); the reader's own objects lose a column `__proto__`. */
  async rows(sql: string, parameters?: Record<string, DuckDBValue>): Promise<JsonRow[]> {
    try {
      const reader = await this.#connection.runAndReadAll(sql, parameters);
      const names = reader.deduplicatedColumnNames();
      return reader.getRows().map((row) => Object.fromEntries(names.map((name, column) => [name, toJson(row[column] ?? null)])));
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /**
   * The rows of a result one after the other, in memory no more than DuckDB hands over at a time (2,048 rows, and in
   * parquet never more than a row group). BLOBs are their bytes, everything else plain JSON values.
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
   * Runs one statement of any kind. Undefined where it returns no rows; else its columns, of which several may have one name, and its
   * rows as they come: their values as DuckDB prints them, or as JSON. Another statement ends a result that is not read to its end.
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

  /** Names and types of what a SELECT returns, without running it. */
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

  /** The columns of a SELECT that hold numbers with fractions, and where. */
  async fractions(select: string): Promise<Map<string, Fractions>> {
    try {
      return columnFractions(await this.#connection.prepare(select));
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** The kind of the only statement of a text; throws SqlError (with a position in the text) where it does not parse or bind. */
  async statementKind(sql: string): Promise<StatementKind> {
    try {
      const statement = await this.#connection.prepare(sql);
      if (statement.statementType === StatementType.SELECT) return "select";
      return statement.statementType === StatementType.CREATE ? "create" : "other";
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** How many statements DuckDB's parser sees; throws SqlError (with a position) where it cannot parse. */
  async countStatements(sql: string): Promise<number> {
    try {
      return (await this.#connection.extractStatements(sql)).count;
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  /** Defines a function for SQL, see `defineTextFunction`. */
  createTextFunction(name: string, map: (text: string) => string | null): void {
    defineTextFunction(this.#connection, name, map);
  }

  /** Appends rows of simple values to a table, in the order of its columns. */
  async append(table: string, rows: readonly (readonly DuckDBValue[])[]): Promise<void> {
    const appender = await this.#appender(table);
    const types = Array.from({ length: appender.columnCount }, (_, column) => appender.columnType(column));
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const part = rows.slice(start, start + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create(types, part.length);
      chunk.setRows(part);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  async #appender(table: string): Promise<DuckDBAppender> {
    this.#appending ??= this.#instance.connect();
    return await (await this.#appending).createAppender(table);
  }

  /** Appends texts, column by column and all of one length, to a table of VARCHAR columns: many rows at a time. */
  async appendTexts(table: string, columns: readonly (readonly (string | null)[])[]): Promise<void> {
    const rows = columns[0]?.length ?? 0;
    const appender = await this.#appender(table);
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const end = Math.min(rows, start + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create(
        columns.map(() => VARCHAR),
        end - start,
      );
      for (const [index, values] of columns.entries()) chunk.setColumnValues(index, values.slice(start, end));
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  /**
   * From here on the database reads and writes these files and folders and nothing else of disk or network, and no
   * setting can be changed, whatever SQL it is given.
   */
  async fence(paths: readonly string[], directories: readonly string[]): Promise<void> {
    // DuckDB asks for the glob that a path is read by as well as for the path.
    const named = (names: readonly string[]) => quoteList([...new Set([...names, ...names.map(readPattern)])]);
    await this.run(`SET allowed_paths = ${named(paths)}`);
    await this.run(`SET allowed_directories = ${named(directories)}`);
    await this.run("SET enable_external_access = false");
    await this.run("SET lock_configuration = true");
  }

  /** How far the running statement is. */
  progress(): SqlProgress {
    return { percentage: this.#connection.progress.percentage };
  }

  /** Another connection to the same data and limits, for statements side by side. Close it before this one. */
  async sibling(): Promise<Database> {
    const sibling = new Database(this.#instance, await this.#instance.connect(), false);
    this.#siblings.add(sibling);
    return sibling;
  }

  /** Stops the running statement, which then throws; DuckDB needs up to two seconds to do so. */
  interrupt(): void {
    if (this.#isClosed) return;
    this.#connection.interrupt();
    for (const sibling of this.#siblings) sibling.interrupt();
  }

  /** Frees everything; spill files are gone afterwards. May be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.#appending?.then((connection) => connection.closeSync());
    this.#connection.closeSync();
    if (this.#isOwner) this.#instance.closeSync();
  }
}

// Tells which statements the shell accepts: those that read, and their definitions and variables.
import { countSelects } from "../sql/count-selects.ts";
import type { Database } from "../sql/database.ts";
import { errorAt } from "./errors.ts";
import { refuseForbiddenFunctions } from "./forbidden-functions.ts";
import { definedName, refuseUnlessDefinition } from "./statements.ts";
import { nameOf, type Statement } from "./tokens.ts";

/** The kind of an allowed statement: rows that can be saved or exported, a plan, a definition, or a variable's value. */
export type ShellStatementKind = "rows" | "plan" | "definition" | "variable";

/** A statement that is allowed to run. */
export interface ShellStatement {
  readonly kind: ShellStatementKind;
  /** The text to run. */
  readonly text: string;
}

const NO_FILES = ["the shell does not write files with SQL", ".export FILE writes the last result to a new file."] as const;
const NO_DATABASES = ["the shell does not open other databases", "Start it with --table name=glob for further tables."] as const;
const NO_EXTENSIONS = [
  "the shell does not load extensions",
  "Use prep shell --duckdb, which opens these tables in DuckDB's own shell, without a fence.",
] as const;
const NO_SETTINGS = [
  "the shell does not change or read settings this way",
  "Write SET VARIABLE name = value for a variable, FROM duckdb_settings() to read settings; prep shell --help lists options.",
] as const;
const NO_CHANGES = ["the shell does not change tables", "Write CREATE OR REPLACE TEMP TABLE name AS SELECT ... for a new one."] as const;

/** Why a statement is refused and what to do instead, by its first word. */
const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  copy: NO_FILES,
  export: NO_FILES,
  import: NO_DATABASES,
  attach: NO_DATABASES,
  detach: NO_DATABASES,
  use: NO_DATABASES,
  install: NO_EXTENSIONS,
  load: NO_EXTENSIONS,
  force: NO_EXTENSIONS,
  update: NO_CHANGES,
  set: NO_SETTINGS,
  reset: NO_SETTINGS,
  pragma: NO_SETTINGS,
  call: ["the shell does not call procedures", "Write SELECT * FROM name(...) for a table function."],
  create: ["the shell creates only views, tables and macros", "Write CREATE TEMP VIEW, CREATE TEMP TABLE or CREATE TEMP MACRO."],
  insert: NO_CHANGES,
  delete: NO_CHANGES,
  merge: NO_CHANGES,
  truncate: NO_CHANGES,
  alter: NO_CHANGES,
  drop: NO_CHANGES,
};

const DEFINITION = /^create (or replace )?(temp |temporary )?(macro|function|table|view|recursive view) /;

/** Decides which statements run, given the tables and functions that the database has when the shell opens. */
export class ShellStatements {
  readonly #database: Database;
  /** Names of functions, in lower case, that macros must not replace. */
  readonly #functions: ReadonlySet<string>;

  private constructor(database: Database, functions: ReadonlySet<string>) {
    this.#database = database;
    this.#functions = functions;
  }

  /** Call it before the user's first statement. */
  static async of(database: Database): Promise<ShellStatements> {
    const rows = await database.rows("SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions()");
    return new ShellStatements(database, new Set(rows.map(({ name }) => String(name))));
  }

  /**
   * The statement to run, judged by DuckDB's own parser. `statement` begins at offset 0 of its text. Throws QueryError with what to
   * do instead, and SqlError if DuckDB cannot parse it.
   */
  async allowed(statement: Statement): Promise<ShellStatement> {
    const file = { name: "statement", text: statement.text };
    const first = word(statement, 0);
    const selects = await countSelects(this.#database, statement.text);
    if (selects === 1) {
      await refuseForbiddenFunctions(this.#database, file, statement);
      return { kind: "rows", text: statement.text };
    }
    if (selects === undefined && first === "explain") return { kind: "plan", text: await this.#explained(statement) };
    if (selects === undefined && DEFINITION.test(`${words(statement)} `)) return await this.#definition(statement);
    if (selects === undefined && /^(set|reset)$/.test(first) && word(statement, 1) === "variable") {
      if ((await this.#database.countStatements(statement.text)) === 1) return { kind: "variable", text: statement.text };
    }
    const refused = REFUSALS[first];
    if (refused) throw errorAt(file, 0, ...refused);
    // Throws if it does not parse.
    const statements = await this.#database.countStatements(statement.text);
    if (statements === 2 && isPivot(statement)) {
      await refuseForbiddenFunctions(this.#database, file, statement);
      return { kind: "rows", text: statement.text };
    }
    if (statements > 1)
      throw errorAt(
        file,
        0,
        "DuckDB takes this for more than one statement",
        "End each statement with a semicolon, and list the columns of a PIVOT with IN (...).",
      );
    throw errorAt(file, 0, `the shell does not accept ${first.toUpperCase()}`, "It accepts SELECT, EXPLAIN, DESCRIBE, SHOW and SUMMARIZE.");
  }

  /** EXPLAIN ANALYZE runs its statement, which must be a SELECT. EXPLAIN and its options are rewritten, so that nothing else passes. */
  async #explained(statement: Statement): Promise<string> {
    const { text, tokens } = statement;
    let next = 1;
    const options = ["EXPLAIN"];
    if (tokens[1]?.text === "(" && /^(analyze|format)$/.test(word(statement, 2))) {
      const close = tokens.findIndex((token) => token.text === ")");
      options.push(...tokens.slice(1, close + 1).map((token) => (token.kind === "word" ? token.text : token.text.charAt(0))));
      next = close + 1;
    } else if (word(statement, 1) === "analyze") {
      options.push("ANALYZE");
      next = 2;
    }
    const start = tokens[next]?.start;
    const explained = start === undefined ? "" : text.slice(start);
    const file = { name: "statement", text };
    if ((await countSelects(this.#database, explained)) !== 1) {
      await this.#database.countStatements(text);
      throw errorAt(file, start ?? 0, "the shell explains only a SELECT", "Write EXPLAIN SELECT ..., without what surrounds the SELECT.");
    }
    await refuseForbiddenFunctions(this.#database, file, statement);
    return `${options.join(" ")} ${explained}`;
  }

  async #definition(statement: Statement): Promise<ShellStatement> {
    const file = { name: "statement", text: statement.text };
    refuseUnlessDefinition(file, statement);
    await refuseForbiddenFunctions(this.#database, file, statement);
    const defined = definedName(statement);
    if (defined?.isMacro && this.#functions.has(nameOf(defined.token).toLowerCase()))
      throw errorAt(file, defined.token.start, `${nameOf(defined.token)} is already a function`, "Choose another name for the macro.");
    const isOne = (await this.#database.countStatements(statement.text)) === 1;
    if (!isOne || (await this.#database.statementKind(statement.text)) !== "create")
      throw errorAt(
        file,
        0,
        "this is more than one definition",
        "Write one CREATE and a semicolon, and list the columns of a PIVOT with IN (...).",
      );
    return { kind: "definition", text: statement.text };
  }
}

/**
 * Whether a text is only a PIVOT that finds its columns in the data, which DuckDB's parser turns into two statements. Such a text
 * begins like a SELECT and has no semicolon.
 */
function isPivot({ text, tokens }: Statement): boolean {
  const hasPivot = tokens.some((token) => token.kind === "word" && /^pivot(_wider)?$/i.test(token.text));
  return hasPivot && /^[(\s]*(pivot|pivot_wider|from|select|with)\b/i.test(text) && !text.includes(";");
}

function word({ tokens }: Statement, index: number): string {
  return tokens[index]?.text.toLowerCase() ?? "";
}

function words({ tokens }: Statement): string {
  return tokens
    .slice(0, 6)
    .map(({ text }) => text.toLowerCase())
    .join(" ");
}

// Splits a query into definitions and its final SELECT, and refuses other statements.
import type { QueryError } from "../core/errors.ts";
import { isReservedName, reservedNameReason } from "../sql/reserved-names.ts";
import { errorAt } from "./errors.ts";
import type { QueryFile } from "./find-query.ts";
import { nameOf, type Statement, splitStatements, type Token } from "./tokens.ts";

/** The statements of a query. */
export interface QueryStatements {
  /** CREATE statements, in order. */
  readonly definitions: readonly Statement[];
  readonly select: Statement;
}

/** First words of a statement that selects. DuckDB also selects for DESCRIBE, SHOW and PRAGMA, but not samples. */
const SELECTING = /^(select|with|from|values|table|pivot|unpivot|\()$/i;

/** Why a kind of statement is refused, by its first word. */
const REFUSALS: Readonly<Record<string, string>> = {
  copy: "a query cannot write files; prep stores what its SELECT returns",
  export: "a query cannot write files; prep stores what its SELECT returns",
  attach: "a query cannot open other databases; add tables with --table name=glob",
  install: "a query cannot use extensions",
  load: "a query cannot use extensions",
  set: "a query cannot change settings; set its variables with --set name=value",
  reset: "a query cannot change settings; set its variables with --set name=value",
  pragma: "a query cannot change or read settings",
  call: "a query cannot call procedures",
  insert: "a query cannot change tables",
  update: "a query cannot change tables",
  delete: "a query cannot change tables",
  drop: "a query cannot drop anything",
};

/** The token with the name that a CREATE statement defines, and whether it is a macro; undefined for any other statement. */
export function definedName(statement: Statement): { readonly token: Token; readonly isMacro: boolean } | undefined {
  if (firstWord(statement) !== "create") return undefined;
  const kind = statement.tokens.findIndex(({ text }) => /^(macro|function|table|view)$/i.test(text));
  const rest = statement.tokens.slice(kind + 1);
  const token = rest[/^if$/i.test(rest[0]?.text ?? "") ? 3 : 0];
  return kind < 0 || !token ? undefined : { token, isMacro: /^(macro|function)$/i.test(statement.tokens[kind]?.text ?? "") };
}

/** The body of a definition, after its AS; undefined if there is none. */
export function definedBody(statement: Statement): { readonly text: string; readonly start: number } | undefined {
  let depth = 0;
  for (const token of statement.tokens) {
    if (token.kind === "symbol") depth += token.text === "(" ? 1 : token.text === ")" ? -1 : 0;
    if (depth > 0 || token.kind !== "word" || token.text.toLowerCase() !== "as") continue;
    const text = statement.text.slice(token.end - statement.start).replace(/^\s*table\s/i, "");
    return { text, start: token.end };
  }
  return undefined;
}

/** Splits a query by its words alone. Throws QueryError with the place of the first statement that is not allowed. */
export function allowedStatements(query: QueryFile): QueryStatements {
  const nul = query.text.indexOf("\0");
  if (nul >= 0) throw errorAt(query, nul, "a NUL character", "Remove it: DuckDB stops reading there.");
  const statements = splitStatements(query.text);
  const select = statements.at(-1);
  if (!select) throw errorAt(query, 0, "the query has no statement", "Write a SELECT over the view metadata.");
  const parameter = statements
    .flatMap(({ tokens }) => tokens)
    .find(({ kind, text }) => kind === "parameter" || (kind === "symbol" && text === "?"));
  const definitions = statements.slice(0, -1);
  for (const statement of definitions) refuseUnlessDefinition(query, statement);
  if (!SELECTING.test(firstWord(select))) {
    if (firstWord(select) === "create") {
      throw errorAt(query, select.start, "the last statement must be a SELECT, but this is a definition", "End the query with a SELECT.");
    }
    throw refusal(query, select);
  }
  if (parameter) {
    const name = /^\$[a-z_]/i.test(parameter.text) ? parameter.text.slice(1) : "name";
    throw errorAt(
      query,
      parameter.start,
      `${parameter.text} is a parameter of a prepared statement`,
      `Write coalesce(getvariable('${name}'), default) and --set ${name}=...`,
    );
  }
  return { definitions, select };
}

/** Throws QueryError unless a statement defines a macro, table or view with an unqualified name that prep does not reserve. */
export function refuseUnlessDefinition(query: QueryFile, statement: Statement): void {
  if (SELECTING.test(firstWord(statement))) {
    throw errorAt(
      query,
      statement.start,
      "the query has two SELECT statements",
      "Only the last statement may be a SELECT. Join or UNION them, or put one into CREATE TEMP VIEW.",
    );
  }
  const words = statement.tokens.slice(0, 9).map((token) => token.text.toLowerCase());
  const defined = /^create (or replace )?(temp |temporary )?(macro|function|table|view|recursive view) (if not exists )?/.exec(
    `${words.join(" ")} `,
  );
  if (!defined) throw refusal(query, statement);
  const at = defined[0].trim().split(" ").length;
  const name = statement.tokens[at];
  if (name && statement.tokens[at + 1]?.text === ".") {
    throw errorAt(query, name.start, "a query's definition cannot have a schema or database", "Write only its name.");
  }
  if (name && isReservedName(nameOf(name))) throw errorAt(query, name.start, reservedNameReason(nameOf(name)), "Choose another name.");
}

function refusal(query: QueryFile, statement: Statement): QueryError {
  const first = firstWord(statement);
  const why = REFUSALS[first] ?? `${first.toUpperCase()} is not allowed in a query`;
  return errorAt(query, statement.start, why, "A query is one SELECT, with CREATE TEMP MACRO, TEMP TABLE and TEMP VIEW allowed before it.");
}

function firstWord(statement: Statement): string {
  return statement.tokens[0]?.text.toLowerCase() ?? "";
}

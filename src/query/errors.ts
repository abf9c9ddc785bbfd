// Query errors that show their place: file, line, column, the line, and a caret under the place.
import { QueryError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import type { SqlError } from "../sql/errors.ts";
import type { QueryFile } from "./find-query.ts";
import { queryComment } from "./query-comment.ts";
import { nameOf, type Statement, tokenize } from "./tokens.ts";

/** A QueryError about a place in a query. `offset` is an index of the JavaScript string. */
export function errorAt(query: QueryFile, offset: number, message: string, hint?: string, cause?: unknown): QueryError {
  const before = query.text.slice(0, offset);
  const lineStart = Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1;
  const lineNumber = before.split(/\r\n|\n|\r/).length;
  const line = query.text.slice(lineStart).split(/[\r\n]/, 1)[0] ?? "";
  const column = [...query.text.slice(lineStart, offset)].length + 1;
  const place = `${query.path ?? query.name}:${lineNumber}:${column}`;
  const options = cause === undefined ? undefined : { cause };
  return new QueryError(`${place}: ${message}\n${line}\n${indent(query.text.slice(lineStart, offset))}^`, hint, options);
}

/**
 * Turns DuckDB's error about a statement into a QueryError with its place. `columns` are the names that the query may have
 * meant; `datasetsWith` names published data sets that have a column.
 */
export function queryErrorFrom(
  query: QueryFile,
  statement: Statement,
  error: SqlError,
  columns: Iterable<string>,
  datasetsWith: (column: string) => readonly string[] = () => [],
): QueryError {
  const { message, name } = readable(error);
  const offset = placeOf(query, statement, error, name);
  const columnMissing = /Referenced column|does not have a column named|not found in (USING|FROM) clause/i.test(error.message);
  const quoted = columnMissing && offset !== undefined ? quotedAt(query, offset) : undefined;
  const hint = columnMissing ? `${textHint(quoted)}${columnsHint([...columns])}` : hintFor(error);
  const nearest = columnMissing && name !== undefined ? nearestColumns(name, error.candidates, [...columns]) : [];
  const elsewhere = columnMissing && name !== undefined ? datasetsWith(name.replace(/^.*\./, "")) : [];
  const { datasets } = queryComment(query.text);
  const text = [
    ...(nearest.length > 0 ? [`\nnearest columns: ${nearest.join(", ")}`] : []),
    ...(elsewhere.length > 0 ? [`\ndata sets that have ${name}: ${elsewhere.join(", ")}`] : []),
    ...(columnMissing && datasets.length > 0 ? [`\ndata sets that ${query.name} is for: ${datasets.join(", ")}`] : []),
  ].join("");
  const located =
    offset === undefined
      ? new QueryError(`${query.path ?? query.name}: ${message}`, hint, { cause: error })
      : errorAt(query, offset, message, hint, error);
  return text === "" ? located : new QueryError(located.message + text, hint, { cause: error });
}

/** The name in double quotes at a place; undefined if there is none. */
function quotedAt(query: QueryFile, offset: number): string | undefined {
  const token = tokenize(query.text).find(({ start }) => start === offset);
  return token?.kind === "quoted-name" ? nameOf(token) : undefined;
}

/** In most languages double quotes enclose text; in SQL they enclose names. */
function textHint(quoted: string | undefined): string {
  return quoted === undefined ? "" : `Text goes in single quotes: '${quoted.replaceAll("'", "''")}'. `;
}

/** Columns that the user may have meant. DuckDB also names unlikely candidates, and candidates that are functions or tables. */
function nearestColumns(name: string, candidates: readonly string[], columns: readonly string[]): string[] {
  const near = nearestName(name, columns);
  const short = name.replace(/^.*\./, "").toLowerCase();
  const alike = candidates
    .map((candidate) => candidate.replace(/^.*\./, ""))
    .filter((candidate) => isAlike(candidate.toLowerCase(), short));
  const names = [...(near === undefined ? [] : [near]), ...alike];
  const unique = new Map(names.filter((candidate) => !/[()>]/.test(candidate)).map((candidate) => [candidate.toLowerCase(), candidate]));
  return [...unique.values()].slice(0, 5);
}

function isAlike(candidate: string, word: string): boolean {
  return candidate.includes(word) || word.includes(candidate) || nearestName(word, [candidate]) !== undefined;
}

/** DuckDB's sentence, without the lists that are shown in another way, and the name that it is about. */
function readable(error: SqlError): { readonly message: string; readonly name: string | undefined } {
  const [body = error.message] = error.message.split(/\n\s*(?:Candidate|LINE \d)/);
  const name =
    /(?:Referenced column|column named|Referenced table|Table with name|Function with name) "?([^"\s!]+)"?/i.exec(body)?.[1] ??
    /^Column "([^"]+)"/i.exec(body)?.[1];
  // A query about metadata never means DuckDB's own catalogue.
  const message = body.replace(/\s*Did you mean "(pg_|pragma_|duckdb_|sqlite_|information_schema)[^"]*"\?/g, "");
  return { message: message.trim().replace(/\s*\n\s*/g, " "), name };
}

/** Parser errors count characters, all others bytes; and an error inside a view or macro points into that one's own text. */
function placeOf(query: QueryFile, statement: Statement, error: SqlError, name: string | undefined): number | undefined {
  if (error.position !== undefined) {
    const { text } = statement;
    const inside =
      error.type === "Parser" ? [...text].slice(0, error.position).join("") : Buffer.from(text).subarray(0, error.position).toString();
    const rest = text.slice(inside.length);
    if (inside.length <= text.length && (name === undefined || rest.slice(0, 200).toLowerCase().includes(name.toLowerCase()))) {
      return statement.start + inside.length;
    }
  }
  if (name === undefined) return undefined;
  return tokenize(query.text).find((token) => /word|quoted-name/.test(token.kind) && nameOf(token).toLowerCase() === name.toLowerCase())
    ?.start;
}

function columnsHint(columns: readonly string[]): string {
  const more = columns.length > 40 ? ` and ${columns.length - 40} more` : "";
  return `The view metadata has the columns ${columns.slice(0, 40).join(", ")}${more}.`;
}

function hintFor(error: SqlError): string | undefined {
  if (error.type === "Permission") {
    return "A query reads only the view metadata and the tables of --table name=glob, nothing else on disk or network.";
  }
  if (/extension/i.test(error.message) && /install|load/i.test(error.message))
    return "A query cannot use extensions. Download the data first.";
  if (error.type === "Catalog" && /Table with name block_list|function is_blocked|name is_blocked/i.test(error.message))
    return "is_blocked needs a list: --table block_list=FILE, with a URL, host or digest on each line.";
  if (error.type === "Catalog" && /Table with name/.test(error.message))
    return "The view over the metadata is called metadata. Add tables with --table name=glob.";
  return undefined;
}

/** Spaces as wide as a text: tabs stay tabs, wide characters take two cells, combining characters none. */
function indent(text: string): string {
  return [...text]
    .map((character) => {
      if (character === "\t") return "\t";
      if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) return "";
      return WIDE.test(character) ? "  " : " ";
    })
    .join("");
}

const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

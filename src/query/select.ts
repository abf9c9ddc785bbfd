// Checks and binds the user's query as the view `selection`, whose rows become samples.
import type { QueryError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import type { ColumnType, Database } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";
import { quoteName } from "../sql/text.ts";
import { runDefinitions } from "./definitions.ts";
import { errorAt, queryErrorFrom } from "./errors.ts";
import type { QueryFile } from "./find-query.ts";
import { refuseForbiddenFunctions } from "./forbidden-functions.ts";
import { keepsMetadataRows } from "./row-share.ts";
import { keptColumns } from "./star.ts";
import { allowedStatements } from "./statements.ts";
import { canonicalSelect } from "./syntax-tree.ts";
import { normalize, type Statement, variablesRead } from "./tokens.ts";
import { checkVariables, setVariables, type Variables, type VariableValue } from "./variables.ts";

/** What a query must know about the view `metadata`. */
export interface QueryableColumns {
  readonly columns: readonly ColumnType[];
  /** Columns that are other names of canonical columns. */
  readonly aliases: readonly { readonly name: string; readonly canonical: string }[];
  /** The published data sets that have a column, for the error about a missing one. */
  readonly datasetsWith?: (column: string) => readonly string[];
}

/** A query that is ready to be read as `FROM selection`. */
export interface Selection {
  /** The columns of each sample, in order. */
  readonly columns: readonly ColumnType[];
  readonly urlColumn: string;
  /** Undefined if the query returns no captions. */
  readonly captionColumn: string | undefined;
  /** The statements without comments, as DuckDB prints them if it can. Equal text means an equal query. */
  readonly canonicalText: string;
  /** The variables that were set, by name; the query reads them all. */
  readonly variables: Readonly<Record<string, VariableValue>>;
  /** Whether its rows are a share of the metadata's rows, unlike rows from joins, unions and lists. */
  readonly isShare: boolean;
  /** Columns of a star that were left out because they repeat a canonical column. */
  readonly dropped: readonly { readonly name: string; readonly canonical: string }[];
  readonly notices: readonly string[];
}

/**
 * Sets the variables, runs the definitions, checks the SELECT and creates the view `selection`. Callers set up the fence
 * first. Throws QueryError with the place of the mistake, and UsageError for a variable that the query does not read.
 */
export async function prepareSelection(
  database: Database,
  query: QueryFile,
  variables: Variables,
  metadata: QueryableColumns,
): Promise<Selection> {
  const { definitions, select } = allowedStatements(query);
  const statements = [...definitions, select];
  const tokens = statements.flatMap((statement) => statement.tokens);
  const names = metadata.columns.map(({ name }) => name);
  const located = async <T>(statement: Statement, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      throw thrown instanceof SqlError ? queryErrorFrom(query, statement, thrown, names, metadata.datasetsWith) : thrown;
    }
  };
  for (const statement of statements) {
    if ((await located(statement, database.countStatements(statement.text))) > 1) throw pivotError(query, statement);
    await refuseForbiddenFunctions(database, query, statement);
  }
  const notices = checkVariables(variables, variablesRead(tokens));
  await setVariables(database, variables);
  await runDefinitions(database, query, definitions, located);
  if ((await located(select, database.statementKind(select.text))) !== "select") {
    throw errorAt(query, select.start, "the last statement must be a SELECT", "A query cannot write.");
  }
  const bound = await located(select, database.columns(select.text));
  const { kept, dropped } = await keptColumns(database, { select, definitions, columns: bound, metadata });
  const urlColumn = requireUrl(query, select, kept);
  refuseDuplicates(query, select, kept);
  const caption = captionOf(kept, metadata.aliases);
  await located(select, createSelection(database, select.text, bound.length, kept));
  return {
    columns: kept.map(({ name, type }) => ({ name, type })),
    urlColumn,
    captionColumn: caption?.name,
    canonicalText: [
      ...definitions.map((statement) => normalize(statement.tokens)),
      (await canonicalSelect(database, select.text)) ?? normalize(select.tokens),
    ].join(";\n"),
    variables: Object.fromEntries(variables),
    isShare: await keepsMetadataRows(database, select, definitions),
    dropped,
    notices: [...notices, ...droppedNotices(dropped), ...captionNotices(caption)],
  };
}

/** Only a PIVOT that finds its columns in the data becomes several statements in DuckDB. */
function pivotError(query: QueryFile, statement: Statement): QueryError {
  const pivot = statement.tokens.find(({ kind, text }) => kind === "word" && /^pivot/i.test(text));
  return errorAt(
    query,
    pivot?.start ?? statement.start,
    "this PIVOT finds its columns in the data",
    "List its columns: PIVOT ... ON name IN (...).",
  );
}

/** Selects columns by position, because a star can bring a column with the name of another one. */
async function createSelection(
  database: Database,
  select: string,
  width: number,
  kept: readonly (ColumnType & { readonly position: number })[],
): Promise<void> {
  const columns = kept.map(({ name, position }) => `c${position} AS ${quoteName(name)}`).join(", ");
  const positions = Array.from({ length: width }, (_, position) => `c${position}`).join(", ");
  await database.run(`CREATE OR REPLACE TEMP VIEW selection AS SELECT ${columns} FROM (${select}\n) AS selected(${positions})`);
}

function requireUrl(query: QueryFile, select: Statement, columns: readonly ColumnType[]): string {
  const url = columns.find(({ name }) => name.toLowerCase() === "url");
  const names = columns.map(({ name }) => name);
  if (!url) {
    const nearest = urlLike(columns);
    throw errorAt(
      query,
      select.start,
      `the query returns no column url; it returns ${names.join(", ")}`,
      nearest
        ? `Name it: ${quoteIfNeeded(nearest)} AS url.`
        : (rowsHint(columns) ?? "Add url to the SELECT: a sample without a URL cannot be downloaded."),
    );
  }
  if (url.type !== "VARCHAR") {
    throw errorAt(
      query,
      select.start,
      `the column ${url.name} is ${url.type}, not text`,
      url.type === "BLOB"
        ? `decode() turns bytes into text: SELECT * REPLACE (decode(${quoteIfNeeded(url.name)}) AS url).`
        : "Select one URL per row, as VARCHAR. unnest() turns a list into rows.",
    );
  }
  return url.name;
}

/** A hint if one row holds a list of the rows, as in the JSON of COCO and RedCaps. */
function rowsHint(columns: readonly ColumnType[]): string | undefined {
  const lists = columns.filter(({ type }) => /^STRUCT\(.*\)\[\]$/s.test(type));
  const list = lists.find(({ type }) => /ur[il]\b/i.test(type)) ?? lists[0];
  return list && `Turn the list into rows: SELECT unnest(${quoteIfNeeded(list.name)}, recursive := true) FROM metadata.`;
}

/** The column that most likely holds the URLs: its name contains url or uri, or is similar. */
function urlLike(columns: readonly ColumnType[]): string | undefined {
  const texts = columns.filter(({ type }) => type === "VARCHAR").map(({ name }) => name);
  const saying = [/(^|[^a-z])(url|uri)s?([^a-z]|$)/i, /url|uri|href|link/i];
  return saying.flatMap((words) => texts.find((name) => words.test(name)) ?? [])[0] ?? nearestName("url", texts);
}

function refuseDuplicates(query: QueryFile, select: Statement, columns: readonly ColumnType[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw errorAt(
        query,
        select.start,
        `the query returns two columns called ${name}`,
        `Rename one (AS), leave it out (* EXCLUDE (${quoteIfNeeded(name)})) or replace it (* REPLACE (... AS ${quoteIfNeeded(name)})).`,
      );
    }
    seen.add(name.toLowerCase());
  }
}

/** A text column with a name of captions; otherwise the caption of any type, so that captions are never dropped silently. */
function captionOf(columns: readonly ColumnType[], aliases: QueryableColumns["aliases"]): ColumnType | undefined {
  const own = ["caption", ...aliases.filter(({ canonical }) => canonical === "caption").map(({ name }) => name)];
  const find = (names: readonly string[], isWanted: (type: string) => boolean) =>
    names.flatMap((wanted) => columns.find(({ name, type }) => name.toLowerCase() === wanted.toLowerCase() && isWanted(type)) ?? [])[0];
  return find([...own, "text", "alt"], (type) => type === "VARCHAR") ?? find(own, () => true);
}

function droppedNotices(dropped: Selection["dropped"]): string[] {
  if (dropped.length === 0) return [];
  const copies = dropped.map(({ name, canonical }) => `${name} (the values of ${canonical})`);
  return [`left out of *: ${copies.join(", ")}; to keep a column, name it after the star`];
}

function captionNotices(caption: ColumnType | undefined): string[] {
  if (!caption || caption.type === "VARCHAR") return [];
  const name = quoteIfNeeded(caption.name);
  const text = caption.type === "BLOB" ? `decode(${name})` : `CAST(${name} AS VARCHAR)`;
  return [
    `the captions (${caption.name}) are ${caption.type} and are stored as in the JSON; SELECT ${text} AS caption turns them into text`,
  ];
}

function quoteIfNeeded(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quoteName(name);
}

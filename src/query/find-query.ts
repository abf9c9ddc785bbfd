// Finds the query that an argument means: a file, the name of a shipped query, or SQL itself.
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { QueryError, UsageError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";

/** A query as the user gave it. */
export interface QueryFile {
  /** The file's name without `.sql`, or `query` for SQL on the command line. */
  readonly name: string;
  /** Its path as messages show it; absent for SQL on the command line. */
  readonly path?: string;
  readonly text: string;
}

/** Where queries are searched. */
export interface QueryPlaces {
  /** The working directory; its `queries/` comes first. */
  readonly directory: string;
  /** The folder of queries that the package ships. */
  readonly packageQueries: string;
  /** The verbs of the command line, for "did you mean". */
  readonly verbs: readonly string[];
}

/**
 * The query that an argument means. It is a path if it exists or ends with `.sql`, SQL if it has more than one word, otherwise a
 * name in `./queries` or in the package. Throws UsageError with the nearest verb and query if there is none.
 */
export async function findQuery(argument: string, places: QueryPlaces): Promise<QueryFile> {
  const text = argument.trim();
  if (text === "") throw new UsageError("the query is empty", "Name a .sql file or a shipped query, or write SQL.");
  const path = resolve(places.directory, argument);
  // No file system accepts a longer path, and SQL is often longer.
  if (argument.length < 4096 && !argument.includes("\0") && (await isFile(path))) return readQuery(path, places.directory);
  const firstWord = /^\(*\s*(select|with|from|values|create|pivot|--|\/\*)/i;
  if (/\s/.test(text) && (!/\.sql$/i.test(text) || firstWord.test(text))) return { name: "query", text };
  if (/\.sql$/i.test(text) || text.includes("/")) {
    throw new UsageError(`the query file ${argument} does not exist`, await suggestion(text.replace(/^.*\/|\.sql$/gi, ""), places));
  }
  for (const folder of [join(places.directory, "queries"), places.packageQueries]) {
    const candidate = join(folder, `${text}.sql`);
    if (await isFile(candidate)) return readQuery(candidate, places.directory);
  }
  throw new UsageError(`no query or verb is called ${text}`, await suggestion(text, places));
}

/** Names of the queries in `./queries` and in the package, sorted, each once. */
export async function queryNames(places: Pick<QueryPlaces, "directory" | "packageQueries">): Promise<string[]> {
  const folders = await Promise.all(
    [join(places.directory, "queries"), places.packageQueries].map((folder) => readdir(folder).catch(() => [])),
  );
  return [...new Set(folders.flat().flatMap((name) => (/\.sql$/i.test(name) ? [name.slice(0, -4)] : [])))].sort();
}

async function suggestion(word: string, places: QueryPlaces): Promise<string> {
  const names = await queryNames(places);
  const query = nearestName(word, names);
  const verb = nearestName(word, places.verbs);
  const nearest = [...(query ? [`the query ${query}`] : []), ...(verb ? [`the verb ${verb}`] : [])].join(" or ");
  const known = names.length > 0 ? " prep queries lists the queries." : "";
  return `${nearest ? `Did you mean ${nearest}?` : "Name a .sql file, or write SQL with more than one word."}${known}`;
}

async function readQuery(path: string, directory: string): Promise<QueryFile> {
  const text = (await readFile(path, "utf8")).replace(/^\ufeff/, "");
  const fromHere = relative(directory, path);
  const name = path.replace(/^.*[\\/]/, "").replace(/\.sql$/i, "");
  const shown = fromHere.startsWith("..") ? path : fromHere;
  if (text.trim() === "") throw new QueryError(`${shown} is empty`, "Write a SELECT over the view metadata into it.");
  return { name, path: shown, text };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

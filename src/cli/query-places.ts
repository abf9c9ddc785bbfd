// Where the command line looks for queries.
import type { QueryPlaces } from "../run/queries.ts";
import { PACKAGE_QUERIES } from "./package-facts.ts";
import { type VerbSpec, wordsOfVerbs } from "./verb.ts";

/** The queries of the working directory and of the package, and the words that no query may have as its name. */
export function queryPlaces(verbs: readonly VerbSpec[]): QueryPlaces {
  return { directory: process.cwd(), packageQueries: PACKAGE_QUERIES, verbs: wordsOfVerbs(verbs) };
}

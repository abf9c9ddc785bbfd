// Where the command line looks for queries.
import { PACKAGE_QUERIES } from "./package-facts.ts";
import { RESERVED_VERBS, VERBS } from "./verbs.ts";

/** Queries of the working directory and of the package, and the words that no query is called by. */
export function queryPlaces() {
  return {
    directory: process.cwd(),
    packageQueries: PACKAGE_QUERIES,
    verbs: [...VERBS, ...RESERVED_VERBS].filter((verb) => verb !== "task"),
  };
}

// The conductor: the queries that a bare name can mean, with what their comments say.
import { findQuery, type QueryPlaces, queryNames } from "./find-query.ts";
import { type QueryComment, queryComment } from "./query-comment.ts";

/** A query that can be called by name. */
export interface ListedQuery extends QueryComment {
  readonly name: string;
  /** As messages show it. */
  readonly path: string;
}

/** Queries of `./queries` and of the package by name; one of the user's hides one of the package. */
export async function listQueries(places: QueryPlaces): Promise<ListedQuery[]> {
  const listed: ListedQuery[] = [];
  for (const name of await queryNames(places)) {
    const { path = name, text } = await findQuery(name, places);
    listed.push({ name, path, ...queryComment(text) });
  }
  return listed;
}

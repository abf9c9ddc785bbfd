// Lists the queries that a bare name can mean, with the parts of their comments.
import { findQuery, type QueryPlaces, queryNames } from "./find-query.ts";
import { type QueryComment, queryComment } from "./query-comment.ts";

/** A query that can be called by name. */
export interface ListedQuery extends QueryComment {
  readonly name: string;
  /** Its path as messages show it. */
  readonly path: string;
}

/** The queries in `./queries` and in the package, by name. A query in `./queries` hides one of the package. */
export async function listQueries(places: QueryPlaces): Promise<ListedQuery[]> {
  const listed: ListedQuery[] = [];
  for (const name of await queryNames(places)) {
    const { path = name, text } = await findQuery(name, places);
    listed.push({ name, path, ...queryComment(text) });
  }
  return listed;
}

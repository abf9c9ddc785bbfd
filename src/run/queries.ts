// `prep queries`, and the check of a query argument that `prep run` and `prep filter` share.
import { findQuery, type QueryPlaces } from "../query/find-query.ts";

export type { QueryPlaces } from "../query/find-query.ts";
export { type ListedQuery, listQueries } from "../query/list-queries.ts";

/** Throws UsageError with the nearest verb and query if an argument is no path, no SQL and no name of a query. */
export async function insistOnQuery(argument: string, places: QueryPlaces): Promise<void> {
  await findQuery(argument, places);
}

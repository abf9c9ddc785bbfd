// Refuses a first argument that is no query, before anything else is missed.
import { findQuery, type QueryPlaces } from "../query/find-query.ts";

/** Throws UsageError with the nearest verb and query where an argument is no path, no SQL and no name of a query. */
export async function insistOnQuery(argument: string, places: QueryPlaces): Promise<void> {
  await findQuery(argument, places);
}

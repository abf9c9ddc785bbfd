// Refuses DuckDB functions that write or change settings although they can be called in a SELECT.
import type { Database } from "../sql/database.ts";
import { errorAt } from "./errors.ts";
import type { QueryFile } from "./find-query.ts";
import { definedBody } from "./statements.ts";
import { calledFunctions } from "./syntax-tree.ts";
import { nameOf, type Statement, type Token } from "./tokens.ts";

const FORBIDDEN =
  /^((enable|disable)_\w*(logging|profiling|profile|parser|verification|log_storage)\w*|truncate_duckdb_logs|(force_)?checkpoint|pragma_\w+|write_log|query|query_table|json_execute_serialized_sql)$/i;

/** Throws QueryError with the place of the first forbidden call. */
export async function refuseForbiddenFunctions(database: Database, query: QueryFile, statement: Statement): Promise<void> {
  const calls = statement.tokens.filter((token, index) => isForbidden(token) && statement.tokens[index + 1]?.text === "(");
  if (calls.length === 0) return;
  // A CTE may have such a name followed by column names. Only the parser can tell that from a call.
  const isDefinition = /^create$/i.test(statement.tokens[0]?.text ?? "");
  const body = isDefinition ? definedBody(statement) : statement;
  const called = body && (await calledFunctions(database, body.text));
  const isHarmless = body && called && !called.some((name) => FORBIDDEN.test(name));
  const call = calls.find(({ start }) => !isHarmless || start < (body?.start ?? 0));
  if (!call) return;
  throw errorAt(query, call.start, `a query cannot call ${nameOf(call)}`, "A query only reads the metadata and its tables.");
}

function isForbidden(token: Token): boolean {
  return (token.kind === "word" || token.kind === "quoted-name") && FORBIDDEN.test(nameOf(token));
}

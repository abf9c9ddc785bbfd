// The functions of queries: all of them, for a run's database and for the script that a DuckDB shell starts with.
import type { Database } from "../sql/database.ts";
import { BLOCK_MACROS } from "./block-list.ts";
import { LAION_HASH } from "./laion-hash.ts";
import { type Macro, macroStatements } from "./macro.ts";
import { SIZE_MACROS } from "./size-macros.ts";
import { URL_MACROS, URL_PARTS, URL_TYPES } from "./url-macros.ts";

const MACROS: readonly Macro[] = [...LAION_HASH, ...URL_PARTS, ...URL_MACROS, ...SIZE_MACROS];

/** What queries can call, for people: name, parameters and a sentence. */
export const QUERY_FUNCTIONS = [...MACROS, ...BLOCK_MACROS].flatMap(({ name, parameters, says }) =>
  says === undefined ? [] : [{ name, parameters, says }],
);

/** SQL statements that define the functions, the same in a run and in any DuckDB shell; `is_blocked` comes with its list. */
export function functionStatements(): string[] {
  return [...URL_TYPES, ...macroStatements(MACROS)];
}

/** Defines the functions in a database, before its fence and before any query. */
export async function createFunctions(database: Database): Promise<void> {
  await database.run(functionStatements().join(";\n"));
}

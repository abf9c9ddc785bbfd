// Defines all functions for queries, in a run's database and in scripts for DuckDB's shell.
import type { Database } from "../sql/database.ts";
import { BLOCK_MACROS } from "./block-list.ts";
import { LAION_HASH } from "./laion-hash.ts";
import { type Macro, macroStatements } from "./macro.ts";
import { SIZE_MACROS } from "./size-macros.ts";
import { URL_MACROS, URL_PARTS, URL_TYPES } from "./url-macros.ts";

const MACROS: readonly Macro[] = [...LAION_HASH, ...URL_PARTS, ...URL_MACROS, ...SIZE_MACROS];

/** The functions that queries can call: name, parameters and a sentence for people. */
export const QUERY_FUNCTIONS = [...MACROS, ...BLOCK_MACROS].flatMap(({ name, parameters, says }) =>
  says === undefined ? [] : [{ name, parameters, says }],
);

/** SQL that defines the functions in a run or in any DuckDB shell. `is_blocked` is defined with its list. */
export function functionStatements(): string[] {
  return [...URL_TYPES, ...macroStatements(MACROS)];
}

/** Defines the functions in a database; call it before the fence and any query. */
export async function createFunctions(database: Database): Promise<void> {
  await database.run(functionStatements().join(";\n"));
}

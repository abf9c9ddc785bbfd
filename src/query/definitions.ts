// Runs a query's definitions, and refuses those that replace or hide a name of prep or DuckDB.
import type { QueryError } from "../core/errors.ts";
import type { Database } from "../sql/database.ts";
import { isReservedName } from "../sql/reserved-names.ts";
import { errorAt } from "./errors.ts";
import type { QueryFile } from "./find-query.ts";
import { definedName } from "./statements.ts";
import { nameOf, type Statement } from "./tokens.ts";

/** Something in DuckDB's catalogue. */
interface Entry {
  readonly kind: string;
  readonly name: string;
  /** Unique for each entry that is made. */
  readonly id: string;
  readonly isBuiltIn: boolean;
}

/** Qualified, so that a macro of the query cannot replace these functions. */
const ENTRIES = `SELECT DISTINCT 'macro' AS kind, function_oid AS id, database_name AS place, function_name AS name, internal FROM system.main.duckdb_functions()
  UNION ALL SELECT 'view', view_oid, database_name, view_name, internal FROM system.main.duckdb_views() WHERE NOT internal
  UNION ALL SELECT 'table', table_oid, database_name, table_name, internal FROM system.main.duckdb_tables() WHERE NOT internal
  UNION ALL SELECT 'type', type_oid, database_name, type_name, internal FROM system.main.duckdb_types() WHERE NOT internal
  UNION ALL SELECT 'sequence', sequence_oid, database_name, sequence_name, false FROM system.main.duckdb_sequences()
  UNION ALL SELECT 'schema', oid, database_name, schema_name, internal FROM system.main.duckdb_schemas() WHERE NOT internal`;

/**
 * Runs the definitions in order. `located` adds the place to DuckDB's errors. Throws QueryError before any definition runs if
 * a name is taken. Throws QueryError after a definition that removed something from DuckDB's catalogue, or added something else
 * than a view, table or macro.
 */
export async function runDefinitions(
  database: Database,
  query: QueryFile,
  definitions: readonly Statement[],
  located: <T>(statement: Statement, work: Promise<T>) => Promise<T>,
): Promise<void> {
  if (definitions.length === 0) return;
  const before = await entriesOf(database);
  refuseTakenNames(query, definitions, before);
  const known = new Set(before.map(({ id }) => id));
  const taken = new Set(before.filter(({ isBuiltIn }) => !isBuiltIn).map(({ name }) => name.toLowerCase()));
  for (const definition of definitions) {
    // DuckDB throws for several statements.
    if ((await located(definition, database.statementKind(definition.text))) !== "create") throw refusal(query, definition);
    await located(definition, database.run(definition.text));
    const after = await entriesOf(database);
    const ids = new Set(after.map(({ id }) => id));
    const isAllowed = ({ kind, name }: Entry) =>
      /^(view|table|macro)$/.test(kind) && !isReservedName(name) && !taken.has(name.toLowerCase());
    if (!before.every(({ id }) => ids.has(id)) || !after.every((entry) => known.has(entry.id) || isAllowed(entry))) {
      throw refusal(query, definition);
    }
  }
}

async function entriesOf(database: Database): Promise<Entry[]> {
  const rows = await database.rows(ENTRIES);
  return rows.map(({ kind, id, place, name, internal }) => ({
    kind: String(kind),
    name: String(name),
    id: `${String(kind)} ${String(id)} ${String(place)} ${String(name)}`,
    isBuiltIn: internal === true,
  }));
}

/** A macro named like a DuckDB function would also replace it in prep's own statements. */
function refuseTakenNames(query: QueryFile, definitions: readonly Statement[], before: readonly Entry[]): void {
  for (const { token, isMacro } of definitions.flatMap((definition) => definedName(definition) ?? [])) {
    const name = nameOf(token);
    const taken = before.filter((entry) => entry.name.toLowerCase() === name.toLowerCase());
    const macro = taken.find(({ kind }) => kind === "macro");
    if (isMacro && macro) {
      const owner = macro.isBuiltIn ? "DuckDB" : "prep";
      throw errorAt(query, token.start, `${name} is a function of ${owner}`, "Choose another name for the macro.");
    }
    const other = taken.find(({ isBuiltIn }) => !isBuiltIn);
    if (other)
      throw errorAt(
        query,
        token.start,
        `there is already a ${other.kind === "macro" ? "function" : "table"} ${name}`,
        "Choose another name.",
      );
  }
}

function refusal(query: QueryFile, definition: Statement): QueryError {
  return errorAt(
    query,
    definition.start,
    "this definition does more than serve the query",
    "Before its SELECT, a query may have CREATE TEMP MACRO, TEMP TABLE and TEMP VIEW with new names.",
  );
}

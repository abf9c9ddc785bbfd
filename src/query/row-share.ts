// Tells whether a query only keeps rows of the metadata, or makes rows by joins, unions or lists.
import type { Database } from "../sql/database.ts";
import { definedBody, definedName } from "./statements.ts";
import { type Json, nodesOf, parseSelect, withTables } from "./syntax-tree.ts";
import { nameOf, type Statement } from "./tokens.ts";

/** Functions that make several rows from one. */
const MULTIPLYING = /^(unnest|unlist|generate_series|range|flatten|explode)$/i;

/**
 * Whether each row of the result stands for at least one row of `metadata`, and no two for the same one. The result is then a
 * share of the metadata. False if DuckDB's parser does not show it.
 */
export async function keepsMetadataRows(database: Database, select: Statement, definitions: readonly Statement[]): Promise<boolean> {
  const tables = new Map<string, Json | undefined>();
  for (const definition of definitions) {
    const defined = definedName(definition);
    const body = definedBody(definition);
    if (!defined || defined.isMacro) continue;
    tables.set(nameOf(defined.token).toLowerCase(), body && (await parseSelect(database, body.text)));
  }
  return keepsRows(await parseSelect(database, select.text), tables);
}

function keepsRows(node: unknown, around: ReadonlyMap<string, Json | undefined>): boolean {
  if (!isNode(node)) return false;
  const tables = withTables(node, around);
  if (node["type"] === "SET_OPERATION_NODE")
    return /^(EXCEPT|INTERSECT)$/.test(String(node["setop_type"])) && keepsRows(node["left"], tables);
  if (node["type"] !== "SELECT_NODE") return false;
  const isMultiplying = nodesOf(node["select_list"]).some(({ function_name: name }) => typeof name === "string" && MULTIPLYING.test(name));
  const groups = Array.isArray(node["group_sets"]) ? node["group_sets"].length : 0;
  return !isMultiplying && groups <= 1 && readsRows(node["from_table"], tables);
}

function readsRows(from: unknown, tables: ReadonlyMap<string, Json | undefined>): boolean {
  if (!isNode(from)) return false;
  switch (from["type"]) {
    case "BASE_TABLE": {
      const name = String(from["table_name"]).toLowerCase();
      if (!tables.has(name)) return name === "metadata";
      // Inside its own definition, the name means a table further out.
      return keepsRows(tables.get(name), new Map([...tables].filter(([other]) => other !== name)));
    }
    case "SUBQUERY": {
      const { subquery } = from;
      return isNode(subquery) && keepsRows(subquery["node"], tables);
    }
    case "JOIN":
      return /^(SEMI|ANTI)$/.test(String(from["join_type"])) && readsRows(from["left"], tables);
    default:
      return false;
  }
}

function isNode(value: unknown): value is Json {
  return value !== null && typeof value === "object";
}

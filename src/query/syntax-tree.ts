// Reads and rewrites the syntax tree of a SELECT, as DuckDB's own parser gives it.
import type { Database } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";

/** A node of the tree that `json_serialize_sql` writes. */
export type Json = Readonly<Record<string, unknown>>;

/** The tree of a SELECT; undefined if DuckDB cannot serialize it, for instance a PIVOT. */
export async function parseSelect(database: Database, select: string): Promise<Json | undefined> {
  try {
    const [row] = await database.rows("SELECT json_serialize_sql($sql::VARCHAR)::VARCHAR AS json", { sql: select });
    const tree = JSON.parse(String(row?.["json"])) as { readonly error: boolean; readonly statements?: readonly { readonly node: Json }[] };
    return tree.error ? undefined : tree.statements?.[0]?.node;
  } catch (thrown) {
    if (thrown instanceof SqlError) return undefined;
    throw thrown;
  }
}

/** A tree as SQL that binds like the SELECT, with large constants rounded. Throws SqlError if DuckDB cannot print it. */
export async function printSelect(database: Database, node: Json): Promise<string> {
  const tree = { error: false, statements: [{ node, named_param_map: [] }] };
  // DuckDB marks missing locations with an integer that JSON.parse rounds, and it refuses the rounded number.
  const json = JSON.stringify(tree, (key, value: unknown) => (key === "query_location" ? 0 : value));
  const [row] = await database.rows("SELECT json_deserialize_sql($json::JSON) AS text", { json });
  return String(row?.["text"]);
}

/** A SELECT as DuckDB prints it; undefined if it cannot. */
export async function canonicalSelect(database: Database, select: string): Promise<string | undefined> {
  try {
    // The tree stays inside DuckDB, because JavaScript rounds constants of more than 15 digits.
    const sql = "SELECT json_deserialize_sql(json_serialize_sql($sql::VARCHAR)) AS text";
    const [row] = await database.rows(sql, { sql: select });
    return typeof row?.["text"] === "string" ? row["text"] : undefined;
  } catch (thrown) {
    // A SELECT that cannot be serialized throws when it is printed back.
    if (thrown instanceof SqlError) return undefined;
    throw thrown;
  }
}

/** Names of the functions that a SELECT calls, as written; undefined if DuckDB cannot serialize it. */
export async function calledFunctions(database: Database, select: string): Promise<readonly string[] | undefined> {
  const node = await parseSelect(database, select);
  return node && nodesOf(node).flatMap((inner) => (typeof inner["function_name"] === "string" ? [inner["function_name"]] : []));
}

/** Whether a tree has COLUMNS(...), which chooses columns by name. */
export function hasColumnsExpression(tree: Json): boolean {
  return nodesOf(tree).some((node) => node["type"] === "STAR" && node["columns"] === true);
}

/** Every node in a tree, the root first. */
export function nodesOf(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  return isObject(value) ? [value, ...Object.values(value).flatMap(nodesOf)] : [];
}

/** The tree with the WITH tables of `other` before its own; undefined if any other WITH table is called metadata. */
export function withFirstTables(tree: Json, other: Json): Json | undefined {
  const first = tablesOf(other);
  // The first table of `other` is the stand-in for metadata.
  const named = [
    ...tablesOf(tree),
    ...first.slice(1).flatMap((table) => nodesOf(table).flatMap(tablesOf)),
    ...nodesOf(tree).flatMap(tablesOf),
  ];
  if (named.some(({ key }) => String(key).toLowerCase() === "metadata")) return undefined;
  return { ...tree, cte_map: { map: [...first, ...tablesOf(tree)] } };
}

/** The tables that a node can name: those of `around` and its own WITH tables, by lower-case name. */
export function withTables(node: Json, around: ReadonlyMap<string, Json | undefined>): ReadonlyMap<string, Json | undefined> {
  const own = tablesOf(node).map(({ key, value }): [string, Json | undefined] => {
    const query = isObject(value) && isObject(value["query"]) ? value["query"]["node"] : undefined;
    return [String(key).toLowerCase(), isObject(query) ? query : undefined];
  });
  return new Map([...around, ...own]);
}

function tablesOf(node: Json): Json[] {
  const map = isObject(node["cte_map"]) ? node["cte_map"]["map"] : undefined;
  return objects(map);
}

/** A unique name that replaces a column's name in a star. */
export interface Mark {
  readonly column: string;
  /** A number for each `metadata` in a FROM. Branches of a UNION share theirs. */
  readonly table: number;
}

/** The tree with marks for these columns in every star over `metadata` that does not change them. */
export function withMarks(tree: Json, columns: readonly string[]): { readonly tree: Json; readonly marks: ReadonlyMap<string, Mark> } {
  const marks = new Map<string, Mark>();
  let tables = 0;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    if (value["type"] === "SET_OPERATION_NODE") return visitBranches(value);
    // Its branches match columns by position.
    if (value["type"] === "RECURSIVE_CTE_NODE") return value;
    const inner = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visit(member)]));
    if (!Array.isArray(value["select_list"])) return inner;
    const qualifiers = metadataNames(value["from_table"]).map((name) => ({ name, table: tables++ }));
    return { ...inner, select_list: objects(inner["select_list"]).map((item) => markStar(item, qualifiers)) };
  };
  const visitBranches = (node: Json): Json => {
    const { left, right, ...others } = node;
    const rest = Object.fromEntries(Object.entries(others).map(([name, member]) => [name, visit(member)]));
    if (node["setop_type"] !== "UNION_BY_NAME" && !areAllPlainStars([left, right])) return { ...rest, left, right };
    const start = tables;
    const first = visit(left);
    const end = tables;
    tables = start;
    const second = visit(right);
    tables = Math.max(end, tables);
    return { ...rest, left: first, right: second };
  };
  const markStar = (item: Json, qualifiers: readonly { readonly name: string; readonly table: number }[]): Json => {
    if (item["type"] !== "STAR" || item["columns"] === true) return item;
    const relation = String(item["relation_name"]).toLowerCase();
    const known = JSON.stringify([
      item["exclude_list"],
      item["qualified_exclude_list"],
      item["rename_list"],
      objects(item["replace_list"]).map(({ key }) => key),
    ]);
    const renames = qualifiers
      .filter(({ name }) => relation === "" || relation === name.toLowerCase())
      .flatMap(({ name, table }) =>
        columns
          .filter((column) => !known.toLowerCase().includes(JSON.stringify(column.toLowerCase())))
          .map((column) => {
            const mark = `prep_mark_${table}_${columns.indexOf(column)}`;
            marks.set(mark, { column, table });
            return { key: { catalog: "", schema: "", table: relation === "" ? name : "", column }, value: mark };
          }),
      );
    return { ...item, rename_list: [...objects(item["rename_list"]), ...renames] };
  };
  return { tree: visit(tree) as Json, marks };
}

/** The names that `metadata` itself has in a FROM, joined or not. */
function metadataNames(from: unknown): string[] {
  if (!isObject(from)) return [];
  if (from["type"] === "JOIN") return [...metadataNames(from["left"]), ...metadataNames(from["right"])];
  const isMetadata = from["type"] === "BASE_TABLE" && String(from["table_name"]).toLowerCase() === "metadata" && from["schema_name"] === "";
  const hasSafeNames = Array.isArray(from["column_name_alias"]) && from["column_name_alias"].length > 0;
  return isMetadata && !hasSafeNames ? [String(from["alias"]) || String(from["table_name"])] : [];
}

/** Whether branches that match by position are all `SELECT * FROM metadata`, whatever their conditions. */
function areAllPlainStars(branches: readonly unknown[]): boolean {
  return branches.every((branch) => {
    if (!isObject(branch)) return false;
    if (branch["type"] === "SET_OPERATION_NODE") return areAllPlainStars([branch["left"], branch["right"]]);
    const [star, ...others] = objects(branch["select_list"]);
    const lists = ["exclude_list", "qualified_exclude_list", "rename_list", "replace_list"].map((name) => star?.[name]);
    const isPlain = star?.["type"] === "STAR" && others.length === 0 && JSON.stringify(lists) === "[[],[],[],[]]";
    return (
      isPlain &&
      isObject(branch["from_table"]) &&
      branch["from_table"]["type"] === "BASE_TABLE" &&
      metadataNames(branch["from_table"]).length === 1
    );
  });
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

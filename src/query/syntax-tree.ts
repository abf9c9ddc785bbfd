// What DuckDB's own parser says about a SELECT: which columns the user named himself, and the text without comments.
import type { Database } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";

/** The facts of a SELECT that its columns' fate depends on. */
export interface SelectFacts {
  /** The SELECT as DuckDB prints it. */
  readonly canonicalText: string;
  /** Output names (lower case) that the user wrote in a select list below the top one, or beside a star as its REPLACE or RENAME. */
  readonly namedInside: ReadonlySet<string>;
  /** Output names (lower case) that the user wrote in the top select list. */
  readonly namedOnTop: ReadonlySet<string>;
  /** Output names (lower case) that are computed anywhere, not only passed on. */
  readonly computed: ReadonlySet<string>;
  /** How many columns of the top list come before and after its only star; undefined where that does not tell which are the star's. */
  readonly aroundStar: { readonly before: number; readonly after: number } | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Facts of a SELECT, or undefined where DuckDB cannot serialize it (a PIVOT, for instance). */
export async function selectFacts(database: Database, select: string): Promise<SelectFacts | undefined> {
  const tree = await syntaxTree(database, select);
  return tree && factsOf(tree.node, tree.text);
}

/** Names of the functions that a SELECT calls, as written; undefined where DuckDB cannot serialize it. */
export async function calledFunctions(database: Database, select: string): Promise<readonly string[] | undefined> {
  const tree = await syntaxTree(database, select);
  if (!tree) return undefined;
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const member of value) visit(member);
    if (!isObject(value)) return;
    if (typeof value["function_name"] === "string") names.push(value["function_name"]);
    for (const member of Object.values(value)) visit(member);
  };
  visit(tree.node);
  return names;
}

async function syntaxTree(database: Database, select: string): Promise<{ readonly node: Json; readonly text: string } | undefined> {
  try {
    const [row] = await database.rows(
      "SELECT json_serialize_sql($sql::VARCHAR)::VARCHAR AS json, json_deserialize_sql(json_serialize_sql($sql::VARCHAR)) AS text",
      {
        sql: select,
      },
    );
    if (typeof row?.["json"] !== "string" || typeof row["text"] !== "string") return undefined;
    const tree = JSON.parse(row["json"]) as { readonly error: boolean; readonly statements?: readonly { readonly node: Json }[] };
    const node = tree.statements?.[0]?.node;
    return tree.error || !node ? undefined : { node, text: row["text"] };
  } catch (thrown) {
    // What cannot be serialized throws when it is printed back.
    if (thrown instanceof SqlError) return undefined;
    throw thrown;
  }
}

function factsOf(top: Json, canonicalText: string): SelectFacts {
  const namedInside = new Set<string>();
  const namedOnTop = new Set<string>();
  const computed = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const member of value) visit(member);
    if (!isObject(value)) return;
    if (Array.isArray(value["select_list"])) {
      for (const item of value["select_list"])
        if (isObject(item)) noteItem(item, value === top ? namedOnTop : namedInside, namedInside, computed);
    }
    // Names given to the columns of a CTE or of a subquery.
    for (const list of [value["aliases"], value["column_name_alias"]]) {
      if (Array.isArray(list)) for (const name of list) if (typeof name === "string") namedInside.add(name.toLowerCase());
    }
    for (const member of Object.values(value)) visit(member);
  };
  visit(top);
  return { canonicalText, namedInside, namedOnTop, computed, aroundStar: starPosition(top) };
}

function noteItem(item: Json, named: Set<string>, besideStar: Set<string>, computed: Set<string>): void {
  if (item["type"] === "STAR") {
    for (const { key } of objects(item["replace_list"])) {
      if (typeof key !== "string") continue;
      besideStar.add(key.toLowerCase());
      computed.add(key.toLowerCase());
    }
    for (const { value } of objects(item["rename_list"])) if (typeof value === "string") besideStar.add(value.toLowerCase());
    return;
  }
  const path = item["type"] === "COLUMN_REF" && Array.isArray(item["column_names"]) ? item["column_names"] : [];
  const column = String(path.at(-1) ?? "").toLowerCase();
  const alias = String(item["alias"] ?? "").toLowerCase();
  const name = alias === "" ? column : alias;
  if (name === "") return;
  named.add(name);
  if (column !== name) computed.add(name);
}

function starPosition(top: Json): SelectFacts["aroundStar"] {
  const list = objects(top["select_list"]);
  const expanding = list.flatMap((item, index) => (JSON.stringify(item).includes('"type":"STAR"') ? [index] : []));
  const [star] = expanding;
  if (expanding.length !== 1 || star === undefined || list[star]?.["type"] !== "STAR" || list[star]["columns"] === true) return undefined;
  return { before: star, after: list.length - star - 1 };
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// Finds columns that a star over `metadata` brings although another column has the same values.
import type { ColumnType, Database } from "../sql/database.ts";
import { SqlError } from "../sql/errors.ts";
import { quoteName } from "../sql/text.ts";
import { definedBody, definedName } from "./statements.ts";
import { hasColumnsExpression, type Json, parseSelect, printSelect, withFirstTables, withMarks } from "./syntax-tree.ts";
import type { Statement } from "./tokens.ts";

/** A column of the result, with its position in the user's SELECT. */
export interface PlacedColumn extends ColumnType {
  readonly position: number;
}

/** A column of `metadata` that is another name of a canonical column. */
export interface Alias {
  readonly name: string;
  readonly canonical: string;
}

/** The parts of a query that decide what its stars bring. */
export interface StarredQuery {
  readonly select: Statement;
  readonly definitions: readonly Statement[];
  /** The columns that DuckDB says the SELECT returns. */
  readonly columns: readonly ColumnType[];
  readonly metadata: { readonly columns: readonly ColumnType[]; readonly aliases: readonly Alias[] };
}

/**
 * Splits the result's columns into those that stay and those that a star over `metadata` brought together with their canonical
 * column. DuckDB's binder tells: the query is bound again over a `metadata` without rows, with marks in place of names in its
 * stars. If that cannot be bound, every column stays, because a copy does no harm.
 */
export async function keptColumns(
  database: Database,
  query: StarredQuery,
): Promise<{ readonly kept: readonly PlacedColumn[]; readonly dropped: readonly Alias[] }> {
  const placed = query.columns.map((column, position) => ({ ...column, position }));
  const names = new Set(placed.map(({ name }) => name.toLowerCase()));
  const aliases = query.metadata.aliases.filter(
    ({ name, canonical }) => names.has(name.toLowerCase()) && names.has(canonical.toLowerCase()),
  );
  const tree = aliases.length === 0 ? undefined : await treeOf(database, query);
  if (!tree) return { kept: placed, dropped: [] };
  // A query that also uses a marked column by name cannot be bound, so each alias is tried alone.
  const places = (await placesOf(database, tree, query.columns, aliases)) ?? (await eachAlone(database, tree, query.columns, aliases));
  return {
    kept: placed.filter(({ position }) => !places.has(position)),
    dropped: [...places.values()],
  };
}

/** The SELECT with the query's definitions as WITH tables, over a `metadata` that is bound without its files. */
async function treeOf(database: Database, { select, definitions, metadata }: StarredQuery): Promise<Json | undefined> {
  const columns = metadata.columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`);
  const tables = [`metadata AS (SELECT ${columns.join(", ")})`];
  for (const definition of definitions) {
    const defined = definedName(definition);
    const body = definedBody(definition);
    // Macros stay macros; their stars are not marked.
    if (!defined || !body || defined.isMacro) continue;
    const header = definition.text.slice(defined.token.start - definition.start, body.start - definition.start);
    tables.push(`${header} (${body.text}\n)`);
  }
  const tree = await parseSelect(database, select.text);
  const first = await parseSelect(database, `WITH ${tables.join(",\n")}\nSELECT 1`);
  return tree && first && !hasColumnsExpression(tree) ? withFirstTables(tree, first) : undefined;
}

/** Positions of copies with their alias; undefined if the marked query cannot be bound. */
async function placesOf(
  database: Database,
  tree: Json,
  columns: readonly ColumnType[],
  aliases: readonly Alias[],
): Promise<Map<number, Alias> | undefined> {
  const marked = withMarks(tree, [...new Set(aliases.flatMap(({ name, canonical }) => [name, canonical]))]);
  const bound = await boundNames(database, marked.tree);
  if (bound?.length !== columns.length) return undefined;
  const originals = bound.map((name) => marked.marks.get(name)?.column ?? name);
  if (originals.some((name, position) => name.toLowerCase() !== columns[position]?.name.toLowerCase())) return undefined;
  const positionsOf = (column: string, table: number) =>
    bound.flatMap((name, position) => {
      const mark = marked.marks.get(name);
      return mark?.column === column && mark.table === table ? [position] : [];
    });
  const places = new Map<number, Alias>();
  for (const { name, canonical } of aliases) {
    for (const table of new Set([...marked.marks.values()].map((mark) => mark.table))) {
      const [copy, ...copies] = positionsOf(name, table);
      const [original, ...others] = positionsOf(canonical, table);
      if (copy === undefined || original === undefined || copies.length > 0 || others.length > 0) continue;
      if (columns[copy]?.type === columns[original]?.type)
        places.set(copy, { name: columns[copy]?.name ?? name, canonical: columns[original]?.name ?? canonical });
    }
  }
  return places;
}

async function eachAlone(
  database: Database,
  tree: Json,
  columns: readonly ColumnType[],
  aliases: readonly Alias[],
): Promise<Map<number, Alias>> {
  const places = new Map<number, Alias>();
  if (aliases.length === 1) return places;
  for (const alias of aliases)
    for (const [position, found] of (await placesOf(database, tree, columns, [alias])) ?? []) places.set(position, found);
  return places;
}

async function boundNames(database: Database, tree: Json): Promise<string[] | undefined> {
  try {
    return (await database.columns(await printSelect(database, tree))).map(({ name }) => name);
  } catch (thrown) {
    if (thrown instanceof SqlError) return undefined;
    throw thrown;
  }
}

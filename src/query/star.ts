// What a star brings along: columns that only repeat a canonical one under another name are not stored twice.
import type { ColumnType } from "../sql/database.ts";
import type { SelectFacts } from "./syntax-tree.ts";
import { nameOf, type Statement } from "./tokens.ts";

/** A column of the result, with its position in what the user's SELECT returns. */
export interface PlacedColumn extends ColumnType {
  readonly position: number;
}

interface Alias {
  readonly name: string;
  readonly canonical: string;
}

/**
 * Splits the result's columns into those that stay and those that a star brought although they only repeat a canonical
 * column of the result. Whatever the user named himself, in whichever select list, stays: keeping a copy is harmless,
 * dropping a column that he computed is not.
 */
export function keptColumns(
  columns: readonly ColumnType[],
  aliases: readonly Alias[],
  facts: SelectFacts | undefined,
  definitions: readonly { readonly statement: Statement; readonly facts: SelectFacts | undefined }[],
): { readonly kept: readonly PlacedColumn[]; readonly dropped: readonly Alias[] } {
  const placed = columns.map((column, position) => ({ ...column, position }));
  if (!facts) return { kept: placed, dropped: [] };
  const inside = new Set([...facts.namedInside, ...definitions.flatMap(namesOf)]);
  const computed = new Set([...facts.computed, ...definitions.flatMap((definition) => [...(definition.facts?.computed ?? [])])]);
  const dropped: Alias[] = [];
  const fromStar = ({ name, position }: PlacedColumn): boolean => {
    if (inside.has(name.toLowerCase())) return false;
    if (!facts.aroundStar) return !facts.namedOnTop.has(name.toLowerCase());
    return position >= facts.aroundStar.before && position < columns.length - facts.aroundStar.after;
  };
  const starred = placed.filter(fromStar);
  const kept = placed.filter((column) => {
    const alias = aliases.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
    if (!alias || !starred.includes(column) || computed.has(alias.canonical)) return true;
    // Two of one name come from two tables, and only one of them can be the alias.
    if (starred.filter(({ name }) => name.toLowerCase() === column.name.toLowerCase()).length > 1) return true;
    const canonical = placed.find(({ name }) => name.toLowerCase() === alias.canonical);
    if (canonical?.type !== column.type) return true;
    dropped.push({ name: column.name, canonical: canonical.name });
    return false;
  });
  return { kept, dropped };
}

/** Names that a definition gives to columns; every name in it where DuckDB could not tell. */
function namesOf({ statement, facts }: { readonly statement: Statement; readonly facts: SelectFacts | undefined }): string[] {
  if (facts) return [...facts.namedInside, ...facts.namedOnTop];
  // A scalar macro names no column.
  if (/^create\s[^(]*\b(macro|function)\b/i.test(statement.text) && !/\bas\s+table\b/i.test(statement.text)) return [];
  return statement.tokens.filter(({ kind }) => kind === "word" || kind === "quoted-name").map((token) => nameOf(token).toLowerCase());
}

// Finds numbers with fractions in the types of columns.
import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  type DuckDBPreparedStatement,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import type { Fractions } from "../core/json.ts";

/** Where values of a type hold FLOAT, DOUBLE or DECIMAL with a scale; undefined if they hold none. */
function fractionsOf(type: DuckDBType): Fractions | undefined {
  if (type.typeId === DuckDBTypeId.FLOAT || type.typeId === DuckDBTypeId.DOUBLE) return "number";
  if (type instanceof DuckDBDecimalType) return type.scale > 0 ? "number" : undefined;
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const elements = fractionsOf(type.valueType);
    return elements && { elements };
  }
  if (type instanceof DuckDBMapType) {
    const values = fractionsOf(type.valueType);
    return values && { values };
  }
  if (!(type instanceof DuckDBStructType)) return undefined;
  const members = new Map<string, Fractions>();
  for (const [index, name] of type.entryNames.entries()) {
    const entry = type.entryTypes[index];
    const fractions = entry && fractionsOf(entry);
    if (fractions) members.set(name, fractions);
  }
  return members.size > 0 ? { members } : undefined;
}

/** The columns of a statement's result that hold such numbers, by name. */
export function columnFractions(statement: DuckDBPreparedStatement): Map<string, Fractions> {
  const found = new Map<string, Fractions>();
  for (let column = 0; column < statement.columnCount; column++) {
    const fractions = fractionsOf(statement.columnType(column));
    if (fractions) found.set(statement.columnName(column), fractions);
  }
  return found;
}

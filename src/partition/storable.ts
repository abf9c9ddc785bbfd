// Stage: partition. Types that parquet cannot hold exactly are written as the nearest type that it can.
import type { ColumnType } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";

/** The select list that makes every column of the selection storable in parquet without losing a digit. */
export function storableSelectList(columns: readonly ColumnType[]): string {
  return columns.map(({ name, type }) => `${storableExpression(quoteName(name), type)} AS ${quoteName(name)}`).join(", ");
}

/** DuckDB writes HUGEINT as DOUBLE and refuses some others; these casts keep every digit and every letter. */
function storableExpression(column: string, type: string): string {
  if (type === "HUGEINT") return `CAST(${column} AS DECIMAL(38, 0))`;
  if (type === "UHUGEINT" || type === "BIT" || type.startsWith("ENUM")) return `CAST(${column} AS VARCHAR)`;
  // DuckDB reads it back as TIMESTAMP; the same instants, and the row groups can be copied.
  if (type === "TIMESTAMP_MS" || type === "TIMESTAMP_S") return `CAST(${column} AS TIMESTAMP)`;
  return column;
}

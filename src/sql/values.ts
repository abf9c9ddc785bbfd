// The only folder that knows DuckDB: its values as JSON values, nothing rounded that JSON can say exactly.
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import type { JsonValue } from "../core/sample.ts";

/**
 * The JSON of one value: integers of any width exact, NaN and infinities null, DECIMAL as a number, BLOB in base64,
 * timestamps in ISO 8601 (UTC where they have a zone), lists, structs and maps nested, everything else as DuckDB prints it.
 */
export function toJson(value: DuckDBValue): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "string") return value;
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toJson);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, member]) => [name, toJson(member)]));
  if (value instanceof DuckDBMapValue)
    return Object.fromEntries(value.entries.map(({ key, value: member }) => [String(key), toJson(member)]));
  if (value instanceof DuckDBUnionValue) return toJson(value.value);
  if (value instanceof DuckDBTimestampTZValue) return `${isoText(new DuckDBTimestampValue(value.micros).toString())}Z`;
  if (
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampSecondsValue ||
    value instanceof DuckDBTimestampMillisecondsValue ||
    value instanceof DuckDBTimestampNanosecondsValue
  ) {
    return isoText(value.toString());
  }
  if (value instanceof DuckDBDateValue) return value.toString();
  return String(value);
}

/** `2024-01-02 03:04:05.6` with the T that ISO 8601 wants between date and time. */
function isoText(text: string): string {
  return text.replace(" ", "T");
}

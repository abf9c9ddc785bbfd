// Converts values of DuckDB to JSON and text, without rounding what JSON can say exactly.
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

/** A decimal number with up to this many digits survives the way into a double and back into text. */
const EXACT_DIGITS = 15;

/**
 * Converts one value to JSON. Integers of any width are exact, NaN and infinities are null. A DECIMAL is a number, or a text if a double
 * would round it. A BLOB is base64. Dates and timestamps are ISO 8601, in UTC if they have a zone. Lists, structs and maps are
 * nested, and all else is as DuckDB prints it. `docs/types.md` has the table.
 */
export function toJson(value: DuckDBValue): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "string") return value;
  if (value instanceof DuckDBDecimalValue) return decimalJson(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toJson);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, member]) => [name, toJson(member)]));
  if (value instanceof DuckDBMapValue)
    return Object.fromEntries(value.entries.map(({ key, value: member }) => [keyText(key), toJson(member)]));
  if (value instanceof DuckDBUnionValue) return toJson(value.value);
  if (value instanceof DuckDBTimestampTZValue)
    return value.isFinite ? `${isoText(new DuckDBTimestampValue(value.micros).toString())}Z` : null;
  if (
    value instanceof DuckDBDateValue ||
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampSecondsValue ||
    value instanceof DuckDBTimestampMillisecondsValue ||
    value instanceof DuckDBTimestampNanosecondsValue
  ) {
    return value.isFinite ? isoText(value.toString()) : null;
  }
  return String(value);
}

/** A value as DuckDB prints it; null for NULL. */
export function toText(value: DuckDBValue): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** A 32-bit float with the fewest digits that identify it, as DuckDB prints it. Printed as a double it would have eight more digits. */
export function toFloatText(value: DuckDBValue): string | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return toText(value);
  const digits = [6, 7, 8, 9].find((precision) => Math.fround(Number(value.toPrecision(precision))) === value);
  return String(Number(value.toPrecision(digits ?? 9)));
}

/** A BLOB as its bytes, any other value as JSON. */
export function toBytesOrJson(value: DuckDBValue): JsonValue | Buffer {
  return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes) : toJson(value);
}

/** An integer exactly. A fraction as a number, or as text if a double would not print as it. */
function decimalJson(value: DuckDBDecimalValue): JsonValue {
  if (value.scale === 0) return value.value;
  const digits = value.value.toString().replace(/^-|0+$/g, "").length;
  return digits <= EXACT_DIGITS ? value.toDouble() : value.toString();
}

/** A map's key as the name of a JSON member, which must be a text. */
function keyText(key: DuckDBValue): string {
  const json = toJson(key);
  return typeof json === "string" ? json : String(key);
}

/** `2024-01-02 03:04:05.6` with the T of ISO 8601. A year before 0 or after 9999 has a sign and six digits. */
function isoText(text: string): string {
  const [, years = "", days = "", bc, time] = /^(\d+)-(\d\d-\d\d)( \(BC\))?(?: (.*))?$/.exec(text) ?? [];
  const year = bc ? 1 - Number(years) : Number(years);
  const fits = year >= 0 && year <= 9999;
  const digits = fits ? String(year).padStart(4, "0") : `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}`;
  return `${digits}-${days}${time === undefined ? "" : `T${time}`}`;
}

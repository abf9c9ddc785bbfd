// The version of DuckDB.
import { version } from "@duckdb/node-api";

/** As DuckDB says it: `v1.5.5`. */
export function duckdbVersion(): string {
  return version();
}

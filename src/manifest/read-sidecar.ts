// Reads the outcomes of rows from a sidecar or a parquet shard, ours or img2dataset's.
import { OutputError } from "../core/errors.ts";
import { OUTCOMES, type OutcomeCode } from "../core/outcome.ts";
import type { Database, JsonRow } from "../sql/database.ts";
import { parquetFiles, quoteName } from "../sql/text.ts";
import { outcomeOfPeer } from "./img2dataset-outcome.ts";
import type { ManifestRow } from "./manifest-row.ts";
import { SIDECAR_COLUMNS } from "./sidecar-columns.ts";

/** The rows of a sidecar in the order of their keys. */
export interface SidecarRows {
  readonly rows: readonly ManifestRow[];
  /** The `error_message` of each row, as it is stored. */
  readonly messages: readonly (string | null)[];
  /** Whether the file has the rows in the order of their keys. */
  readonly isOrdered: boolean;
  /** False for a sidecar of img2dataset, which has no outcome codes. */
  readonly isOurs: boolean;
}

/**
 * Reads a sidecar. A row's `index` is its place in the order of keys. Throws SqlError if the file is
 * no parquet file, and OutputError if it has no keys.
 */
export async function readSidecar(database: Database, path: string): Promise<SidecarRows> {
  const file = parquetFiles(path);
  const names = new Set((await database.columns(`SELECT * FROM ${file}`)).map(({ name }) => name));
  if (!names.has("key")) throw new OutputError(`${path} has no column key`, "Check the output with prep verify.");
  const list = SIDECAR_COLUMNS.filter(({ name }) => names.has(name)).map(({ name }) => quoteName(name));
  const found = await database.rows(`SELECT ${list.join(", ")} FROM ${file}`);
  const keys = found.map(({ key }) => String(key));
  const isOrdered = keys.every((key, index) => index === 0 || isBefore(keys[index - 1] ?? "", key));
  const ordered = isOrdered ? found : [...found].sort((left, right) => (isBefore(String(left["key"]), String(right["key"])) ? -1 : 1));
  return {
    rows: ordered.map(toManifestRow),
    messages: ordered.map((row) => textOf(row["error_message"]) ?? null),
    isOrdered,
    isOurs: names.has("outcome"),
  };
}

/** Compares keys, which are numbers: a longer key is a larger number. */
function isBefore(left: string, right: string): boolean {
  return left.length === right.length ? left < right : left.length < right.length;
}

function toManifestRow(row: JsonRow, index: number): ManifestRow {
  return { attempts: 0, fetchMs: 0, ...fieldsOf(row), index, key: String(row["key"]), outcome: outcomeOf(row) };
}

function fieldsOf(row: JsonRow): Partial<ManifestRow> {
  const fields: Partial<Record<keyof ManifestRow, string | number>> = {};
  for (const { name, type, field } of SIDECAR_COLUMNS) {
    if (field === undefined) continue;
    const value = type === "VARCHAR" ? textOf(row[name]) : numberOf(row[name]);
    // A sidecar has one digest at most; the columns of the others are missing.
    if (value !== undefined) fields[field] = value;
  }
  return fields as Partial<ManifestRow>;
}

function outcomeOf(row: JsonRow): OutcomeCode {
  const own = textOf(row["outcome"]);
  if (own !== undefined && Object.hasOwn(OUTCOMES, own)) return own as OutcomeCode;
  return outcomeOfPeer(textOf(row["status"]) ?? "", textOf(row["error_message"]) ?? "");
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

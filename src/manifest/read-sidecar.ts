// Stage: manifest. What a sidecar, or a parquet shard, says became of its rows; ours or img2dataset's.
import { OUTCOMES, type OutcomeCode } from "../core/outcome.ts";
import type { Database, JsonRow } from "../sql/database.ts";
import { parquetFiles, quoteName } from "../sql/text.ts";
import type { ManifestRow } from "./manifest-row.ts";
import { outcomeOfPeer } from "./peer-outcome.ts";

/** The rows of a sidecar in the order of their keys, and where they are not in that order in the file. */
export interface SidecarRows {
  readonly rows: readonly ManifestRow[];
  /** The `error_message` of each row, as it is stored. */
  readonly messages: readonly (string | null)[];
  readonly isOrdered: boolean;
  /** False for img2dataset's, which has no outcome codes. */
  readonly isOurs: boolean;
}

const DIGESTS = ["md5", "sha256", "sha512"];

/** Reads a sidecar; rejects where it is no parquet file or has no keys. A row's `index` is its place in the order of keys. */
export async function readSidecar(database: Database, path: string): Promise<SidecarRows> {
  const file = parquetFiles(path);
  const names = new Set((await database.columns(`SELECT * FROM ${file}`)).map(({ name }) => name));
  const wanted = [
    "key status error_message outcome detail http_status attempts downloaded_bytes stored_bytes source_format fetch_ms sample_digest".split(
      " ",
    ),
    "width height original_width original_height exif".split(" "),
    DIGESTS,
  ].flat();
  const list = wanted.filter((name) => names.has(name)).map((name) => quoteName(name));
  const found = await database.rows(`SELECT ${list.join(", ")} FROM ${file}`);
  const keys = found.map(({ key }) => String(key));
  const isOrdered = keys.every((key, index) => index === 0 || before(keys[index - 1] ?? "", key));
  const ordered = isOrdered ? found : [...found].sort((left, right) => (before(String(left["key"]), String(right["key"])) ? -1 : 1));
  return {
    rows: ordered.map(toManifestRow),
    messages: ordered.map((row) => textOf(row["error_message"]) ?? null),
    isOrdered,
    isOurs: names.has("outcome"),
  };
}

/** Longer keys are larger numbers. */
function before(left: string, right: string): boolean {
  return left.length === right.length ? left < right : left.length < right.length;
}

function toManifestRow(row: JsonRow, index: number): ManifestRow {
  const digest = DIGESTS.map((name) => textOf(row[name])).find((text) => text !== undefined);
  const detail = textOf(row["detail"]);
  const sourceFormat = textOf(row["source_format"]);
  const exif = textOf(row["exif"]);
  const sampleDigest = textOf(row["sample_digest"]);
  return {
    index,
    key: String(row["key"]),
    outcome: outcomeOf(row),
    ...(detail === undefined ? {} : { detail }),
    attempts: numberOf(row["attempts"]) ?? 0,
    fetchMs: numberOf(row["fetch_ms"]) ?? 0,
    ...numbers(row, {
      httpStatus: "http_status",
      downloadedBytes: "downloaded_bytes",
      storedBytes: "stored_bytes",
      width: "width",
      height: "height",
      originalWidth: "original_width",
      originalHeight: "original_height",
    }),
    ...(sourceFormat === undefined ? {} : { sourceFormat }),
    ...(exif === undefined ? {} : { exif }),
    ...(digest === undefined ? {} : { digest }),
    ...(sampleDigest === undefined ? {} : { sampleDigest }),
  };
}

function outcomeOf(row: JsonRow): OutcomeCode {
  const own = textOf(row["outcome"]);
  if (own !== undefined && Object.hasOwn(OUTCOMES, own)) return own as OutcomeCode;
  return outcomeOfPeer(textOf(row["status"]) ?? "", textOf(row["error_message"]) ?? "");
}

function numbers<Name extends string>(row: JsonRow, columns: Readonly<Record<Name, string>>): Partial<Record<Name, number>> {
  const result: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(columns) as Name[]) {
    const value = numberOf(row[columns[name]]);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

// Names of a shard's files in an output: the shard, its sidecar, its record and the record's claim.
import { claimName } from "../store/commit-record.ts";
import { OUTPUT_FORMAT_NAMES, type OutputFormatName, outputFormat } from "./output-formats.ts";

/** What follows the number in the name of the parquet file of rows. */
export const SIDECAR_ENDING = ".parquet";

/** What follows the number in the name of a shard's record. */
export const RECORD_ENDING = "_stats.json";

const RECORD_ENDINGS: readonly string[] = [RECORD_ENDING, claimName(RECORD_ENDING)];

/** Endings of shards and sidecars in any format. */
const DATA_ENDINGS: readonly string[] = [
  ...new Set([SIDECAR_ENDING, ...OUTPUT_FORMAT_NAMES.flatMap((name) => outputFormat(name).ending ?? [])]),
];

/** A name in an output that belongs to a shard. */
export interface ShardFileName {
  /** The shard's number as it is written, with leading zeros. */
  readonly number: string;
  readonly ending: string;
  /** `record` for the commit record and its claim; `data` for shards and sidecars. */
  readonly kind: "record" | "data";
}

/** Takes apart the name of a shard's file or folder, in any format; undefined for any other name. */
export function parseShardFileName(name: string): ShardFileName | undefined {
  const [number] = /^\d+/.exec(name) ?? [];
  if (number === undefined) return undefined;
  const ending = name.slice(number.length);
  if (RECORD_ENDINGS.includes(ending)) return { number, ending, kind: "record" };
  return DATA_ENDINGS.includes(ending) ? { number, ending, kind: "data" } : undefined;
}

/** Names of the shard and the sidecar of a number in a format; in any format if none is given. */
export function shardDataNames(number: string, format?: OutputFormatName): string[] {
  if (format === undefined) return DATA_ENDINGS.map((ending) => number + ending);
  const { ending } = outputFormat(format);
  return [SIDECAR_ENDING, ...(ending === undefined ? [] : [ending])].map((one) => number + one);
}

/** Names of the record of a shard and of the record's claim. */
export function shardRecordNames(number: string): string[] {
  return RECORD_ENDINGS.map((ending) => number + ending);
}

/** Whether a name is that of a shard which is a folder of files. */
export function isFolderShardName(name: string): boolean {
  const ending = parseShardFileName(name)?.ending;
  return ending !== undefined && OUTPUT_FORMAT_NAMES.map(outputFormat).some((format) => format.isFolder && format.ending === ending);
}

/** The name of the record that a claim's name belongs to; undefined for any other name. */
export function recordOfClaim(name: string): string | undefined {
  const parsed = parseShardFileName(name);
  return parsed?.ending === claimName(RECORD_ENDING) ? parsed.number + RECORD_ENDING : undefined;
}

/** The number in the name of a record; undefined for any other name. */
export function numberOfRecord(name: string): string | undefined {
  const parsed = parseShardFileName(name);
  return parsed?.ending === RECORD_ENDING ? parsed.number : undefined;
}

// The conductor: which names in an output folder are a run's, so that nothing else that is there gets lost under them.
import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { OutputError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import { asOutputError, errorCode } from "../store/durable.ts";
import { inputPath } from "./download-plan.ts";

/** What `prep` and img2dataset write at the top of an output, beside shards. */
const OUTPUT_NAMES: ReadonlySet<string> = new Set(["run.json", "sizes.json", "selection.json", "partitions", "_prep", "_tmp"]);

/** What every download writes there. */
const SUMMARIES: ReadonlySet<string> = new Set(["run.json", "sizes.json"]);

/** Files and folders of a shard, in whatever format. */
const SHARD_NAME = /^(\d+)(_stats\.json|\.tar|\.tfrecord|\.parquet)?$/;

/** The shards that a run has, or is known to have at least. */
export interface ShardRange {
  readonly firstShard: number;
  readonly shards: number;
  readonly shardDigits: number;
}

/** Whether `prep` or img2dataset may have written what has this name at the top of an output. */
export function isOutputName(name: string): boolean {
  return OUTPUT_NAMES.has(name) || SHARD_NAME.test(name);
}

/** A path as a plan keeps it: relative to the output where it lies inside. */
export function insidePath(output: string, path: string): string {
  const inside = relative(resolve(output), path);
  return inside.startsWith("..") ? path : inside;
}

/** The names at the top of a folder; none where there is no folder. Throws OutputError where it cannot be read. */
export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw asOutputError(error, `reading ${folder}`);
  });
}

/** Where inputs of a plan really lie in the output, by whatever links they were named. */
export async function placesInside(output: string, path: string): Promise<string[]> {
  const root = await realpath(output).catch(() => undefined);
  if (root === undefined) return [];
  const named = inputPath(output, path);
  const folder = await realpath(dirname(named)).catch(() => undefined);
  const places = [folder && join(folder, basename(named)), await realpath(named).catch(() => undefined)];
  return places.flatMap((place) => {
    const inside = place === undefined ? ".." : relative(root, place);
    return inside.startsWith("..") ? [] : [inside];
  });
}

/** The error for an input that a run would lose. */
export function ownInputError(output: string, place: string): OutputError {
  return new OutputError(`${join(output, place)} is the input and would be overwritten`, "Copy it elsewhere, or name another --output.");
}

/** Throws OutputError where an input, a path as plans keep it, has a name that the run writes to. */
export async function refuseTakenInputs(output: string, paths: readonly string[], range: ShardRange): Promise<void> {
  for (const path of paths) {
    for (const place of await placesInside(output, path)) {
      const [top = ""] = place.split("/");
      if (SUMMARIES.has(top) || isOfShards(top, range)) throw ownInputError(output, place);
    }
  }
}

/**
 * Throws OutputError where one of these names in the output is that of a shard of a run that nobody has begun, or, unless
 * the output has runs already, of its summaries: whatever it is, no run of `prep` made it.
 */
export function refuseTakenNames(output: string, names: readonly string[], range: ShardRange, hasRuns: boolean): void {
  const taken = names.filter((name) => isOfShards(name, range) || (!hasRuns && SUMMARIES.has(name))).sort();
  if (taken.length === 0) return;
  const shown = taken.slice(0, 3).join(", ");
  const isOne = taken.length === 1;
  throw new OutputError(
    `${output} holds ${shown}${taken.length > 3 ? `, ... (${taken.length} in all)` : ""}, of which no plan of prep speaks: ${isOne ? "it" : "they"} would be lost under what this run writes`,
    `Name another --output, or move ${isOne ? "it" : "them"} elsewhere. What img2dataset left of a first shard, torn when it was killed, you may remove.`,
  );
}

function isOfShards(name: string, { firstShard, shards, shardDigits }: ShardRange): boolean {
  const digits = SHARD_NAME.exec(name)?.[1];
  if (digits === undefined) return false;
  const shard = Number(digits);
  return shard >= firstShard && shard < firstShard + shards && shardName(shard, shardDigits) === digits;
}

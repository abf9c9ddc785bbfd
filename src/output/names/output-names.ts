// The names that a run uses in its output, and the refusal of foreign files under them.
import { dirname, join, relative, resolve } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { shardName } from "../../core/keys.ts";
import { parseShardFileName } from "../../shard/shard-names.ts";
import { storeAt } from "../../store/store-at.ts";
import { asOutputError, errorCode } from "../../store/system-errors.ts";
import { type IsTaken, refuseInputsAt } from "./refuse-inputs.ts";

/** The folder of converted inputs, in the output. Workers of later starts read them too. */
export const INPUTS = join("_prep", "inputs");

/** The names that stage one writes at the top of an output. */
const SELECTION_NAMES: ReadonlySet<string> = new Set(["selection.json", "partitions"]);

/** How many samples each shard holds, as open_clip reads it; in the output. */
export const SIZES = "sizes.json";

/** The names that every download writes at the top of an output. */
export const SUMMARIES: ReadonlySet<string> = new Set(["run.json", SIZES]);

/** The shards of a run, or those that it has at least. */
export interface ShardRange {
  readonly firstShard: number;
  readonly shards: number;
  readonly shardDigits: number;
}

/** Names of prep's own files in `_prep`. */
const PREP_NAME = /^(tmp|work|inputs|generations|start\.json|settings\.json|block-list|plan(-\d+)?\.json|overwrit(e|ten)\..*)$/;

/** Whether prep gives a file or folder in `_prep` this name. */
export function isPrepName(name: string): boolean {
  return PREP_NAME.test(name);
}

/** Whether a place is in `_prep`, except converted inputs: a run may read them as it reads any input. */
const isOfPrep: IsTaken = (top, place) => top === "_prep" && dirname(place) !== INPUTS;

/** Whether stage one writes to a place. */
export const isOfSelection: IsTaken = (top, place) => SELECTION_NAMES.has(top) || isOfPrep(top, place);

/** Whether a whole job may write to a place. Its shards may have any number of this many digits. */
export function isOfRun(shardDigits: number): IsTaken {
  return (top, place) => isOfSelection(top, place) || SUMMARIES.has(top) || isLikeShard(top, shardDigits);
}

/** Whether a name is that of a shard's file, with exactly this many digits. */
export function isLikeShard(name: string, shardDigits: number): boolean {
  return parseShardFileName(name)?.number.length === shardDigits;
}

/** A path as a plan keeps it: relative to the output if it lies inside. */
export function insidePath(output: string, path: string): string {
  const inside = relative(resolve(output), path);
  return inside.startsWith("..") ? path : inside;
}

/** The names in a folder of an output; none if it does not exist. Throws OutputError if it cannot be read. */
export async function namesIn(output: string, folder?: string): Promise<string[]> {
  const store = storeAt(output);
  return await store.names(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw asOutputError(error, `reading ${store.location(folder)}`);
  });
}

/** Throws OutputError if an input, by a path as plans keep it, has a name that the run writes to. */
export async function refuseTakenInputs(output: string, paths: readonly string[], range: ShardRange): Promise<void> {
  await refuseInputsAt(output, paths, (top, place) => SUMMARIES.has(top) || isOfShards(top, range) || isOfPrep(top, place));
}

/**
 * Throws OutputError if one of these names or paths in the output is that of a shard of a new run, or of a summary while the output
 * has no run: no run of prep made these files.
 */
export function refuseTakenNames(output: string, names: readonly string[], range: ShardRange, hasRuns: boolean): void {
  refuseNames(
    output,
    names.filter((name) => isOfShards(name.split("/", 1)[0] ?? name, range) || (!hasRuns && SUMMARIES.has(name))),
  );
}

/** Throws OutputError that lists the names, if there are any. */
export function refuseNames(output: string, taken: readonly string[]): void {
  if (taken.length === 0) return;
  const shown = [...taken].sort().slice(0, 3).join(", ");
  const isOne = taken.length === 1;
  throw new OutputError(
    `${output} holds ${shown}${taken.length > 3 ? `, ... (${taken.length} in all)` : ""}, which no plan of prep names: this run would overwrite ${isOne ? "it" : "them"}`,
    `Name another --output, or move ${isOne ? "it" : "them"} elsewhere. You may remove shards that img2dataset left incomplete.`,
  );
}

function isOfShards(name: string, { firstShard, shards, shardDigits }: ShardRange): boolean {
  const digits = parseShardFileName(name)?.number;
  if (digits === undefined) return false;
  const shard = Number(digits);
  return shard >= firstShard && shard < firstShard + shards && shardName(shard, shardDigits) === digits;
}

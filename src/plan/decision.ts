// Decides whether a download continues, extends or overwrites what an output holds.
import { OutputError } from "../core/errors.ts";
import { indexDigits } from "../core/keys.ts";
import { shellWord } from "../core/shell-word.ts";
import type { IncrementalMode, ShapeConfig } from "../job/config.ts";
import { differences, type Identity, identityDigest, insistOnIdentity } from "../job/identity.ts";
import { namesIn, refuseTakenInputs, refuseTakenNames, type ShardRange } from "../output/names/output-names.ts";
import { refuseOddNames } from "../output/names/refuse-foreign.ts";
import { foreignShards } from "../output/open-output.ts";
import { readPlans, type StoredPlan } from "../output/plans/download-plan.ts";
import { hasShard } from "../output/plans/shard-plan.ts";
import { recordedShards } from "../output/records/committed-shards.ts";
import { storeAt } from "../store/store-at.ts";
import { loosenedBy } from "./amend-plans.ts";
import { insistOnOverwritable } from "./overwrite.ts";
import { withoutPlaces } from "./run-identity.ts";

/** What a start does to an output. */
export type Decision =
  /** It continues the run of this plan. */
  | ({ readonly kind: "continue" } & StoredPlan)
  /** It writes a plan under a new number, or in place of one that nobody has begun. */
  | { readonly kind: "create" | "replace"; readonly number: number; readonly firstShard: number }
  /** It removes what the output holds and begins again. */
  | { readonly kind: "overwrite" };

/** The run that a start asks for. */
export interface WantedRun {
  readonly identity: Identity;
  readonly shape: Pick<ShapeConfig, "samplesPerShard" | "shardDigits">;
  /** The fewest shards that it can have. The rows of a text file are counted only when it is read. */
  readonly leastShards: number;
  /** The files that it reads, by paths as plans keep them. */
  readonly sources: readonly string[];
}

const OTHER_MODES =
  "Name another --output, or give the options that this one was made with; prep download --incremental-mode extend appends a run to it, overwrite takes its place.";

/**
 * Decides what a start of this mode does to an output; writes nothing. Throws OutputError, which names every difference, if the
 * start would mix different runs, or lose shards, an input or any other file under a shard's name.
 *
 * A download asks twice: before it reads text inputs, which may take long, and again under the process lock, because another
 * start may have written a plan since.
 */
export async function decideOnOutput(output: string, wanted: WantedRun, mode: IncrementalMode): Promise<Decision> {
  // Names before plans: a shard that another start publishes in between has a plan by then.
  const names = await namesIn(output);
  const plans = await readPlans(output);
  const recorded = await recordedShards(output, plans);
  const decision = await decide(output, wanted, mode, plans, recorded);
  const range = rangeOf(decision, wanted);
  if (decision.kind === "overwrite") {
    await insistOnOverwritable(output, wanted.sources, range);
    return decision;
  }
  await refuseTakenInputs(output, wanted.sources, range);
  if (decision.kind === "continue") await refuseOddNames(output, decision.plan, recorded);
  else refuseTakenNames(output, names, range, plans.length > 0);
  return decision;
}

function rangeOf(decision: Decision, { shape, leastShards }: WantedRun): ShardRange {
  if (decision.kind === "continue") return { ...decision.plan.shards, shardDigits: decision.plan.shape.shardDigits };
  const firstShard = decision.kind === "overwrite" ? 0 : decision.firstShard;
  return { firstShard, shards: leastShards, shardDigits: shape.shardDigits };
}

async function decide(
  output: string,
  wanted: WantedRun,
  mode: IncrementalMode,
  plans: readonly StoredPlan[],
  recorded: readonly number[],
): Promise<Decision> {
  const own = ownPlan(plans, wanted.identity);
  if (mode === "overwrite") return decideOverwrite(own, plans, recorded);
  if (own) return { kind: "continue", ...own };
  const last = plans.at(-1);
  const isBegun = recorded.some((shard) => last === undefined || hasShard(last.plan.shards, shard));
  // A plan without a finished shard may be replaced, unless workers are busy with it: a first shard may take minutes.
  const isFree =
    last !== undefined && !isBegun && (mode === "extend" || plans.length === 1) && (await storeAt(output).liveAttempts()).length === 0;
  if (isFree) return { kind: "replace", number: last.number, firstShard: last.plan.shards.firstShard };
  if (mode === "incremental") {
    refuseOther(output, wanted.identity, plans);
    if (recorded.length > 0) throw foreignShards(output, recorded);
    return { kind: "create", number: 1, firstShard: 0 };
  }
  insistOnKeys(output, wanted.shape, plans);
  const firstShard = Math.max(0, ...plans.map(({ plan }) => plan.shards.firstShard + plan.shards.shards), afterLast(recorded));
  return { kind: "create", number: plans.length + 1, firstShard };
}

/** The plan whose identity is the wanted one, also if its inputs were moved since. */
function ownPlan(plans: readonly StoredPlan[], wanted: Identity): StoredPlan | undefined {
  const digest = identityDigest(wanted);
  const exact = plans.find(({ plan }) => plan.run === digest);
  return exact ?? plans.find(({ plan }) => identityDigest(withoutPlaces(plan.identity, wanted)) === digest);
}

/** A run that began by overwriting continues until it is done. Otherwise every start after a kill would begin again. */
function decideOverwrite(own: StoredPlan | undefined, plans: readonly StoredPlan[], recorded: readonly number[]): Decision {
  if (own?.plan.begunBy === "overwrite" && plans.length === 1) {
    const { shards } = own.plan;
    const done = new Set(recorded);
    const isDone = Array.from({ length: shards.shards }, (_, index) => shards.firstShard + index).every((shard) => done.has(shard));
    if (!isDone) return { kind: "continue", ...own };
  }
  return { kind: "overwrite" };
}

/** Throws OutputError if the output has runs; it names the differences from the run that is most like the wanted one. */
function refuseOther(output: string, wanted: Identity, plans: readonly StoredPlan[]): void {
  const [closest] = plans
    .map(({ plan }) => withoutPlaces(plan.identity, wanted))
    .sort((left, right) => differences(left, wanted).length - differences(right, wanted).length);
  if (!closest) return;
  const loosened = differences(closest, wanted).flatMap((name) => loosenedBy(name) ?? []);
  const isOnlyLimits = loosened.length > 0 && loosened.length === differences(closest, wanted).length;
  const hint = isOnlyLimits
    ? `To let in what it refused, start prep retry ${shellWord(output)} with ${loosened.join(" and ")}. ${OTHER_MODES}`
    : OTHER_MODES;
  insistOnIdentity(output, "download", closest, wanted, hint);
}

/** A key is the shard's number and the sample's place in it. With other numbers of digits two samples could get the same key. */
function insistOnKeys(output: string, wanted: WantedRun["shape"], plans: readonly StoredPlan[]): void {
  for (const { plan } of plans) {
    const digits = indexDigits(plan.shape.samplesPerShard);
    if (digits !== indexDigits(wanted.samplesPerShard)) {
      throw new OutputError(
        `${output} has keys with ${digits} digits for a sample's place in its shard (--number-sample-per-shard ${plan.shape.samplesPerShard}), and --number-sample-per-shard ${wanted.samplesPerShard} needs ${indexDigits(wanted.samplesPerShard)}: keys would collide`,
        `Extend it with --number-sample-per-shard ${plan.shape.samplesPerShard}, or name another --output.`,
      );
    }
    if (plan.shape.shardDigits !== wanted.shardDigits) {
      throw new OutputError(
        `${output} has shard numbers with ${plan.shape.shardDigits} digits, and you ask for --oom-shard-count ${wanted.shardDigits}`,
        `Extend it with --oom-shard-count ${plan.shape.shardDigits}, or name another --output.`,
      );
    }
  }
}

function afterLast(recorded: readonly number[]): number {
  return recorded.reduce((next, shard) => Math.max(next, shard + 1), 0);
}

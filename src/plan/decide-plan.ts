// The conductor: what a download means to an output that holds something: going on, appending a run, taking its place.
import { mkdir } from "node:fs/promises";
import { OutputError } from "../core/errors.ts";
import { indexDigits } from "../core/keys.ts";
import { shellWord } from "../core/shell-word.ts";
import type { IncrementalMode, RunEffects, ShapeConfig } from "../job/config.ts";
import { differences, type Identity, identityDigest, insistOnIdentity } from "../job/identity.ts";
import { recordedShards } from "../output/committed-shards.ts";
import { createPlan, type DownloadPlan, readPlans, replacePlan, type StoredPlan } from "../output/download-plan.ts";
import { foreignShards } from "../output/open-output.ts";
import { namesIn, refuseTakenInputs, refuseTakenNames, type ShardRange } from "../output/output-names.ts";
import { refuseOddNames } from "../output/refuse-foreign.ts";
import { hasShard, renumbered } from "../output/shard-plan.ts";
import { liveAttempts, removeDeadFiles, temporaryFolder } from "../store/commit.ts";
import { loosenedBy } from "./amend-plans.ts";
import { movedInputs, withoutPlaces } from "./moved-inputs.ts";
import { insistOnOverwritable, overwriteOutput } from "./overwrite.ts";

/** What is to become of a wanted run. */
type Decision =
  | ({ readonly kind: "continue" } & StoredPlan)
  | { readonly kind: "create" | "replace"; readonly number: number; readonly firstShard: number }
  | { readonly kind: "overwrite" };

/** A run that is asked for. */
interface WantedRun {
  readonly identity: Identity;
  readonly shape: Pick<ShapeConfig, "samplesPerShard" | "shardDigits">;
  /** The least number of shards that it can have: how many rows a text file has is known when it is read. */
  readonly leastShards: number;
  /** What it reads, by paths as plans keep them. */
  readonly sources: readonly string[];
}

const OTHER_MODES =
  "Name another --output, or give the options that this one was made with; prep download --incremental-mode extend appends a run to it, overwrite takes its place.";

/** Starts that may race for the number of a run before one gives up. */
const MAX_RACES = 100;

/**
 * Decides what a start of this mode does to an output; writes nothing. Throws OutputError, which names every difference, if the
 * start would mix different runs, or lose shards, an input or any other file under a shard's name.
 *
 * A download asks twice: before it reads text inputs, which may take long, and under the process lock, because another start
 * may have made or changed a plan since.
 */
export async function decidePlan(output: string, wanted: WantedRun, mode: IncrementalMode): Promise<Decision> {
  // Before the plans: a shard that another start has published since has a plan by now.
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
  // A plan of which nothing was done yet binds nobody, unless somebody is doing it: a first shard may take minutes.
  const isFree = last !== undefined && !isBegun && (mode === "extend" || plans.length === 1) && (await liveAttempts(output)).length === 0;
  if (isFree) return { kind: "replace", number: last.number, firstShard: last.plan.shards.firstShard };
  if (mode === "incremental") {
    refuseOther(output, wanted.identity, plans);
    if (recorded.length > 0) throw foreignShards(output, recorded);
    return { kind: "create", number: 1, firstShard: 0 };
  }
  insistOnKeys(output, wanted.shape, plans);
  const firstShard = Math.max(0, ...plans.map(({ plan }) => plan.shards.firstShard + plan.shards.shards), ...highest(recorded));
  return { kind: "create", number: plans.length + 1, firstShard };
}

/** Makes the function that writes the plan, or finds it: the run of the output that this start works on. */
export function establishPlan(wanted: DownloadPlan, mode: IncrementalMode) {
  return (output: string, effects: RunEffects) => establish(output, wanted, mode, effects);
}

async function establish(output: string, wanted: DownloadPlan, mode: IncrementalMode, effects: RunEffects): Promise<DownloadPlan> {
  await mkdir(temporaryFolder(output), { recursive: true });
  await removeDeadFiles(output);
  const sources = wanted.shards.inputs.map(({ path }) => path);
  for (let race = 0; race < MAX_RACES; race++) {
    const decision = await decidePlan(output, { ...wanted, leastShards: wanted.shards.shards, sources }, mode);
    if (decision.kind === "continue") {
      if (mode === "extend") tellContinued(decision.plan, effects);
      return await followInputs(output, decision, wanted);
    }
    if (decision.kind === "overwrite") return await overwriteOutput(output, wanted, effects);
    const plan = { ...wanted, shards: renumbered(wanted.shards, decision.firstShard) };
    const stored: StoredPlan = { number: decision.number, plan };
    if (decision.kind === "replace") {
      await replacePlan(output, stored);
      return plan;
    }
    if (await createPlan(output, stored)) return plan;
  }
  throw new OutputError(`other starts keep extending ${output}`, "Start again when they are through.");
}

/** The plan of a run that goes on. Where its inputs were moved it is written anew, with the paths that this start has checked. */
async function followInputs(output: string, { number, plan }: StoredPlan, wanted: DownloadPlan): Promise<DownloadPlan> {
  const inputs = movedInputs(plan.shards.inputs, wanted.shards.inputs);
  if (!inputs) return plan;
  const moved = { ...plan, shards: { ...plan.shards, inputs } };
  await replacePlan(output, { number, plan: moved });
  return moved;
}

function tellContinued({ run, shards }: DownloadPlan, { emit }: RunEffects): void {
  const last = shards.firstShard + shards.shards - 1;
  emit({
    event: "notice",
    text: `this input with these options is in the output already (run ${run}, shards ${shards.firstShard} to ${last}): that run goes on, nothing is stored twice`,
  });
}

function ownPlan(plans: readonly StoredPlan[], wanted: Identity): StoredPlan | undefined {
  const digest = identityDigest(wanted);
  const exact = plans.find(({ plan }) => plan.run === digest);
  return exact ?? plans.find(({ plan }) => identityDigest(withoutPlaces(plan.identity, wanted)) === digest);
}

/** A run that began by overwriting goes on until it is done: a start after a kill must not begin anew for ever. */
function decideOverwrite(own: StoredPlan | undefined, plans: readonly StoredPlan[], recorded: readonly number[]): Decision {
  if (own?.plan.begunBy === "overwrite" && plans.length === 1) {
    const { shards } = own.plan;
    const done = new Set(recorded);
    const isDone = Array.from({ length: shards.shards }, (_, index) => shards.firstShard + index).every((shard) => done.has(shard));
    if (!isDone) return { kind: "continue", ...own };
  }
  return { kind: "overwrite" };
}

/** Names what differs from the run that is most like the wanted one. */
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

/** Keys are a shard's number and an index of so many digits: with other digits two samples could have one key. */
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
        `${output} has shard numbers of ${plan.shape.shardDigits} digits, you ask for --oom-shard-count ${wanted.shardDigits}`,
        `Extend it with --oom-shard-count ${plan.shape.shardDigits}, or name another --output.`,
      );
    }
  }
}

function highest(recorded: readonly number[]): number[] {
  return recorded.length === 0 ? [] : [recorded.reduce((most, shard) => Math.max(most, shard), 0) + 1];
}

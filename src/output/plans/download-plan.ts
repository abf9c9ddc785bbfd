// The plan and the settings of a download, as files from which workers read all they need.
import { isAbsolute, join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import type { DownloadSettings, ShapeConfig } from "../../job/config.ts";
import type { Identity } from "../../job/identity.ts";
import type { CarriedColumn } from "../../manifest/sidecar.ts";
import type { SkippedLines } from "../../metadata/text/lines.ts";
import { sealedText, sealState } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import type { ShardPlan } from "./shard-plan.ts";

/** Version of `_prep/plan.json` and `run.json`. */
export const PLAN_FORMAT_VERSION = 1;

/** The plan of stage two. */
export interface DownloadPlan {
  readonly format_version: number;
  /** Digest of the run's identity; every commit record names it. */
  readonly run: string;
  readonly identity: Identity;
  readonly shape: ShapeConfig;
  readonly urlColumn: string;
  readonly captionColumn: string | undefined;
  /** The input columns of `shape.boxColumn` and `shape.verifyHash`, in their own letters. */
  readonly boxColumn: string | undefined;
  readonly digestColumn: string | undefined;
  /** Input columns beside URL and caption with the names under which samples carry them. */
  readonly carried: readonly CarriedColumn[];
  /** Whether an input column has the name that DuckDB gives row numbers. */
  readonly hidesRowNumber: boolean;
  /** A column name for a row's position in its shard, which no input column has. */
  readonly positionColumn: string;
  readonly shards: ShardPlan;
  /** Lines of text inputs that were skipped because they are not rows. */
  readonly skippedLines?: readonly SkippedInput[];
  /** Set if the run began by overwriting another one. */
  readonly begunBy?: "overwrite";
}

/** The skipped lines of one input. */
export interface SkippedInput extends SkippedLines {
  readonly file: string;
}

/** A plan of an output. An extended output has several, numbered from 1. */
export interface StoredPlan {
  readonly number: number;
  readonly plan: DownloadPlan;
}

/** The file of the latest start's settings, in the output. */
export const SETTINGS_FILE = join("_prep", "settings.json");

/** The file of a plan, in the output. */
export function planFile(number: number): string {
  return join("_prep", number === 1 ? "plan.json" : `plan-${number}.json`);
}

/** Writes a plan under its number. False if another start has just taken the number. */
export async function createPlan(output: string, { number, plan }: StoredPlan): Promise<boolean> {
  return await storeAt(output).createExclusive(planFile(number), planText(plan));
}

/** Replaces a plan without finished shards, or one whose inputs were moved. */
export async function replacePlan(output: string, { number, plan }: StoredPlan): Promise<void> {
  await storeAt(output).replace(planFile(number), planText(plan));
}

/** The text of a plan as it is stored. */
export function planText(plan: DownloadPlan): string {
  // A plan that was read has the seal of its old text.
  return sealedText({ ...plan, digest: undefined });
}

/** All plans of an output, the oldest first. Throws OutputError if one cannot be read or has another format. */
export async function readPlans(output: string): Promise<StoredPlan[]> {
  const plans: StoredPlan[] = [];
  for (let number = 1; ; number++) {
    const plan = await readPlanFile(output, planFile(number));
    if (!plan) return plans;
    plans.push({ number, plan });
  }
}

/** The plan of a run, by default the newest. Throws OutputError if there is none. */
export async function readPlan(output: string, run?: string): Promise<DownloadPlan> {
  const plans = await readPlans(output);
  const found = run === undefined ? plans.at(-1) : plans.find(({ plan }) => plan.run === run);
  if (found) return found.plan;
  throw new OutputError(
    run === undefined || plans.length === 0 ? `${output} has no download plan` : `${output} has no plan of the run ${run} any more`,
    "Start the download with prep run or prep download first.",
  );
}

/** Reads the plan in a file; undefined if the file does not exist. Throws OutputError if it cannot be read, was changed or has another format. */
export async function readPlanFile(output: string, file: string): Promise<DownloadPlan | undefined> {
  const store = storeAt(output);
  const path = store.location(file);
  let text: string;
  let plan: DownloadPlan | null;
  try {
    text = await store.readText(file);
    plan = JSON.parse(text) as DownloadPlan | null;
  } catch (error) {
    // Without a folder, or with a link in a circle, there is no plan either.
    if (/^(ENOENT|ENOTDIR|ELOOP)$/.test(errorCode(error) ?? "")) return undefined;
    throw new OutputError(`${path} cannot be read`, "Restore it, or use another --output.", { cause: error });
  }
  if (typeof plan?.format_version === "number" && plan.format_version !== PLAN_FORMAT_VERSION) {
    throw new OutputError(
      `${path} is of format ${plan.format_version}, this version reads ${PLAN_FORMAT_VERSION}`,
      "Finish it with the version that began it.",
    );
  }
  // By a changed plan, shards would be made differently than they were begun.
  if (plan?.format_version !== PLAN_FORMAT_VERSION || sealState(text) === "broken")
    throw new OutputError(`${path} is damaged: its text differs from what was written`, "Restore it, or use another --output.");
  // Plans had no such number before outputs could be extended.
  return { ...plan, shards: { ...plan.shards, firstShard: plan.shards.firstShard ?? 0 } };
}

/** Writes the settings that workers read, also those of later starts. */
export async function writeSettings(output: string, settings: DownloadSettings): Promise<void> {
  await storeAt(output).replace(SETTINGS_FILE, JSON.stringify(settings, null, 1));
}

/** The settings of the latest start; undefined if there was none or they cannot be read. */
export async function readLastSettings(output: string): Promise<DownloadSettings | undefined> {
  return await readSettings(output).catch(() => undefined);
}

/** The settings of the latest start. Throws if they cannot be read. */
export async function readSettings(output: string): Promise<DownloadSettings> {
  return JSON.parse(await storeAt(output).readText(SETTINGS_FILE)) as DownloadSettings;
}

/** The path of an input of a plan. */
export function inputPath(output: string, path: string): string {
  return isAbsolute(path) ? path : join(output, path);
}

// The conductor: the plan of stage two, written before the first download; a worker needs nothing else.
import { mkdir, readdir, readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { OutputError } from "../core/errors.ts";
import type { CarriedColumn } from "../manifest/sidecar.ts";
import { removeDeadFiles, temporaryFile } from "../store/commit.ts";
import { createExclusive, errorCode, replaceFile } from "../store/durable.ts";
import type { DownloadSettings, ShapeConfig } from "./config.ts";
import { type Identity, insistOnIdentity } from "./identity.ts";
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
  /** Input columns beside URL and caption with the names under which samples carry them. */
  readonly carried: readonly CarriedColumn[];
  /** Whether an input column is called as DuckDB calls its row numbers. */
  readonly hidesRowNumber: boolean;
  /** A name that no input column has, for a row's position in its shard. */
  readonly positionColumn: string;
  readonly shards: ShardPlan;
}

const planPath = (output: string): string => join(output, "_prep", "plan.json");
const settingsPath = (output: string): string => join(output, "_prep", "settings.json");

/** Writes the plan if the output has none; an output with the plan of another run is refused, and what differs is named. */
export async function establishPlan(output: string, plan: DownloadPlan): Promise<DownloadPlan> {
  await mkdir(join(output, "_prep", "tmp"), { recursive: true });
  await removeDeadFiles(output);
  const text = JSON.stringify(plan, null, 1);
  if (await createExclusive(planPath(output), text, temporaryFile(output, "plan"))) return plan;
  const existing = await readPlan(output);
  // A plan of which nothing was done yet binds nobody.
  const isBegun = (await readdir(output)).some((name) => /^\d+_stats\.json$/.test(name));
  if (isBegun || existing.run === plan.run) insistOnIdentity(output, "download", existing.identity, plan.identity);
  else await replaceFile(planPath(output), text, temporaryFile(output, "plan"));
  return isBegun ? existing : plan;
}

/** The plan of an output; throws OutputError where there is none or it is of another format. */
export async function readPlan(output: string): Promise<DownloadPlan> {
  let plan: DownloadPlan;
  try {
    plan = JSON.parse(await readFile(planPath(output), "utf8")) as DownloadPlan;
  } catch (error) {
    if (errorCode(error) !== "ENOENT")
      throw new OutputError(`${planPath(output)} cannot be read`, "Restore it, or use another --output.", { cause: error });
    throw new OutputError(`${output} has no download plan`, "Start the download with prep run or prep download first.");
  }
  if (plan.format_version !== PLAN_FORMAT_VERSION) {
    throw new OutputError(
      `${output} was planned in format ${plan.format_version}, this version reads ${PLAN_FORMAT_VERSION}`,
      "Finish it with the version that began it.",
    );
  }
  return plan;
}

/** Tells workers, also those of a later start, the limits and manners that hold from now on. */
export async function writeSettings(output: string, settings: DownloadSettings): Promise<void> {
  await replaceFile(settingsPath(output), JSON.stringify(settings, null, 1), temporaryFile(output, "settings"));
}

/** The limits and manners of the latest start. */
export async function readSettings(output: string): Promise<DownloadSettings> {
  return JSON.parse(await readFile(settingsPath(output), "utf8")) as DownloadSettings;
}

/** Where an input of the plan lies. */
export function inputPath(output: string, path: string): string {
  return isAbsolute(path) ? path : join(output, path);
}

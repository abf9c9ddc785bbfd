// Tells what in an output its own plans and records speak of, and what is somebody else's.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ShapeConfig } from "../job/config.ts";
import type { ShardRecord } from "../manifest/shard-record.ts";
import { errorCode } from "../store/durable.ts";
import { isClaim } from "../store/exclusive.ts";
import { foreignMembers, PARTITIONS_FOLDER } from "../store/members.ts";
import { type DownloadPlan, readPlanFile } from "./download-plan.ts";
import { SUMMARIES } from "./output-names.ts";
import type { SelectionRecord } from "./selection-record.ts";
import { plannedShard } from "./shard-plan.ts";

/** What the plans and records of an output name. */
export interface SpokenNames {
  /** Whether there is any plan or record of `prep` or img2dataset. */
  readonly isOutput: boolean;
  /** Whether a name at the top of the output is one of theirs. */
  has(name: string): boolean;
  /** The partitions that `selection.json` names. */
  readonly partitions: ReadonlySet<string>;
}

/** The contents of an output, as paths relative to it. */
export interface OutputPlaces {
  /** Files, and folders with nothing in them but the output's own files. */
  readonly own: readonly string[];
  /** Everything else, `_prep` excepted. */
  readonly foreign: readonly string[];
}

const SHARD_FILE = /^(\d+)(_stats\.json|_stats\.json\.claim|\.tar|\.tfrecord|\.parquet|)$/;
const RECORDS = ["_stats.json", "_stats.json.claim"];
/** img2dataset's records name no files; these are the names that it gives. */
const PEER_FILES = ["_stats.json", ".tar", ".tfrecord", ".parquet", ""];
const SHARD_ENDINGS: Readonly<Record<ShapeConfig["outputFormat"], readonly string[]>> = {
  webdataset: [".tar"],
  files: [""],
  tfrecord: [".tfrecord"],
  parquet: [],
  dummy: [],
};

/** How an overwriting calls what it has moved into a folder of its own. */
export const MOVED = /^[0-9a-f]{12}\.(.+)$/;

/** Reads what plans and records name, those among them that an overwriting has moved to the folders `aside`. Throws OutputError for a damaged plan. */
export async function spokenNames(output: string, aside: readonly string[] = []): Promise<SpokenNames> {
  const found = await findRecords(output, aside);
  const plans: DownloadPlan[] = [];
  for (const { name, path } of found) {
    const plan = PLAN.test(name) ? await readPlanFile(path) : undefined;
    if (plan) plans.push(plan);
  }
  const named = new Set<string>();
  const partitions = new Set<string>();
  for (const { name, path } of found) {
    const [, digits] = /^(\d+)_stats\.json$/.exec(name) ?? [];
    if (digits !== undefined && !isPlanned(plans, name)) for (const one of await namedBy(path, digits)) named.add(one);
    if (name !== "selection.json") continue;
    const selection = (await readJson(path)) as Partial<SelectionRecord> | undefined;
    if (typeof selection?.selection !== "string" || !Array.isArray(selection.partitions)) continue;
    for (const one of [name, PARTITIONS_FOLDER]) named.add(one);
    for (const partition of selection.partitions) partitions.add(partition.name);
  }
  const isOutput = plans.length > 0 || named.size > 0;
  const has = (name: string) => named.has(name) || (plans.length > 0 && SUMMARIES.has(name)) || isPlanned(plans, name);
  return { isOutput, has, partitions };
}

/** Tells the output's own files from all others; a folder with anything foreign in it is taken apart. */
export async function placesOf(output: string, { has, partitions }: SpokenNames): Promise<OutputPlaces> {
  const own: string[] = [];
  const foreign: string[] = [];
  const entries = await readdir(output, { withFileTypes: true }).catch(noneIfGone);
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const { name } = entry;
    if (name === "_prep") continue;
    const isFolder = name === PARTITIONS_FOLDER || /^\d+$/.test(name);
    // A claim is a folder that counts as a file.
    const isFile = !entry.isDirectory() || (name.endsWith(".claim") && (await isClaim(join(output, name))));
    if (!has(name) || !(isFolder || isFile)) foreign.push(name);
    else if (isFile) own.push(name);
    else {
      const strangers = new Set(await foreignMembers(output, name));
      const members = (await readdir(join(output, name)).catch(noneIfGone)).sort();
      const isOwn = (member: string) => !strangers.has(member) && (name !== PARTITIONS_FOLDER || partitions.has(member));
      if (members.every(isOwn)) own.push(name);
      else for (const member of members) (isOwn(member) ? own : foreign).push(join(name, member));
    }
  }
  return { own, foreign };
}

/** Whether one of the plans has a shard that gives a file, or folder, this name. */
export function isPlanned(plans: readonly DownloadPlan[], name: string): boolean {
  const [, digits, ending = ""] = SHARD_FILE.exec(name) ?? [];
  if (digits === undefined) return false;
  return plans.some(({ shards, shape }) => {
    if (plannedShard(shards, shape.shardDigits, digits) === undefined) return false;
    return [...RECORDS, ".parquet", ...(SHARD_ENDINGS[shape.outputFormat] ?? [])].includes(ending);
  });
}

/** What the record of a shard without a plan names: one of img2dataset, or one of ours whose plan is gone. */
async function namedBy(path: string, digits: string): Promise<string[]> {
  const record = (await readJson(path)) as Partial<ShardRecord> | undefined;
  if (typeof record?.successes !== "number" || typeof record.count !== "number") return [];
  if (record.format_version === undefined) return PEER_FILES.map((ending) => digits + ending);
  const files = Array.isArray(record.files) ? record.files.map(({ name }) => name) : [];
  return [...RECORDS.map((ending) => digits + ending), ...files.filter((name) => SHARD_FILE.exec(name)?.[1] === digits)];
}

const PLAN = /^plan(-\d+)?\.json$/;
const RECORD = /^(\d+_stats|selection)\.json$/;

async function findRecords(output: string, aside: readonly string[]): Promise<{ readonly name: string; readonly path: string }[]> {
  const places = [
    { folder: output, names: RECORD, asName: (name: string) => name },
    { folder: join(output, "_prep"), names: PLAN, asName: (name: string) => name },
    ...aside.map((folder) => ({ folder, names: MOVED, asName: (name: string) => MOVED.exec(name)?.[1] ?? name })),
  ];
  const found: { readonly name: string; readonly path: string }[] = [];
  for (const { folder, names, asName } of places) {
    for (const file of await readdir(folder).catch(noneIfGone)) {
      const name = asName(file);
      if (names.test(file) && (PLAN.test(name) || RECORD.test(name))) found.push({ name, path: join(folder, file) });
    }
  }
  return found;
}

/** What is no JSON object says nothing. */
async function readJson(path: string): Promise<object | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return value !== null && typeof value === "object" ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || /^(ENOENT|EISDIR|ELOOP)$/.test(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

function noneIfGone(error: unknown): never[] {
  if (/^(ENOENT|ENOTDIR)$/.test(errorCode(error) ?? "")) return [];
  throw error;
}

// Tells the files that an output's plans and records name from foreign ones.
import { join } from "node:path";
import type { ShardRecord } from "../../manifest/shard-record.ts";
import {
  isFolderShardName,
  numberOfRecord,
  parseShardFileName,
  RECORD_ENDING,
  shardDataNames,
  shardRecordNames,
} from "../../shard/shard-names.ts";
import { foreignMembers, PARTITIONS_FOLDER } from "../../store/own-members.ts";
import type { Store } from "../../store/store.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { type DownloadPlan, readPlanFile } from "../plans/download-plan.ts";
import { plannedShard } from "../plans/shard-plan.ts";
import type { SelectionRecord } from "../records/selection-record.ts";
import { SUMMARIES } from "./output-names.ts";

/** The names in the plans and records of an output. */
export interface OwnNames {
  /** Whether there is any plan or record of prep or img2dataset. */
  readonly isOutput: boolean;
  /** Whether they name this file or folder at the top of the output. */
  has(name: string): boolean;
  /** The partitions that selection.json names. */
  readonly partitions: ReadonlySet<string>;
}

/** The contents of an output, as paths relative to it. */
export interface OwnAndForeign {
  /** Files, and folders that hold only the output's own files. */
  readonly own: readonly string[];
  /** Everything else except `_prep`. */
  readonly foreign: readonly string[];
}

/** How an overwrite renames the files that it moves into its folder. */
export const MOVED = /^[0-9a-f]{12}\.(.+)$/;

/** Reads the names in plans and records, also in those that an overwrite has moved to the folders `moved`. Throws OutputError if a plan is damaged. */
export async function ownNames(output: string, moved: readonly string[] = []): Promise<OwnNames> {
  const store = storeAt(output);
  const found = await findRecords(store, moved);
  const plans: DownloadPlan[] = [];
  for (const { name, path } of found) {
    const plan = isPlanName(name) ? await readPlanFile(output, path) : undefined;
    if (plan) plans.push(plan);
  }
  const named = new Set<string>();
  const partitions = new Set<string>();
  for (const { name, path } of found) {
    const digits = numberOfRecord(name);
    if (digits !== undefined && !isPlanned(plans, name)) for (const one of await namesInRecord(store, path, digits)) named.add(one);
    if (name !== "selection.json") continue;
    const selection = (await readJson(store, path)) as Partial<SelectionRecord> | undefined;
    if (typeof selection?.selection !== "string" || !Array.isArray(selection.partitions)) continue;
    for (const one of [name, PARTITIONS_FOLDER]) named.add(one);
    for (const partition of selection.partitions) partitions.add(partition.name);
  }
  const isOutput = plans.length > 0 || named.size > 0;
  const has = (name: string) => named.has(name) || (plans.length > 0 && SUMMARIES.has(name)) || isPlanned(plans, name);
  return { isOutput, has, partitions };
}

/** Splits the files of an output into its own and foreign ones. The members of a folder that holds both are listed one by one. */
export async function splitOwnAndForeign(output: string, { has, partitions }: OwnNames): Promise<OwnAndForeign> {
  const own: string[] = [];
  const foreign: string[] = [];
  const store = storeAt(output);
  const entries = await store.entries().catch(noneIfMissing);
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const { name, kind } = entry;
    if (name === "_prep") continue;
    const isFolder = name === PARTITIONS_FOLDER || isFolderShardName(name);
    // What an exclusive creation leaves is a folder that counts as a file.
    const isFile = kind !== "folder" || (name.endsWith(".claim") && (await store.isLeftCreation(name)));
    if (!has(name) || !(isFolder || isFile)) foreign.push(name);
    else if (isFile) own.push(name);
    else {
      const strangers = new Set(await foreignMembers(store, name));
      const members = (await store.names(name).catch(noneIfMissing)).sort();
      const isOwn = (member: string) => !strangers.has(member) && (name !== PARTITIONS_FOLDER || partitions.has(member));
      if (members.every(isOwn)) own.push(name);
      else for (const member of members) (isOwn(member) ? own : foreign).push(join(name, member));
    }
  }
  return { own, foreign };
}

/** Whether one of the plans has a shard that gives a file, or folder, this name. */
export function isPlanned(plans: readonly DownloadPlan[], name: string): boolean {
  const digits = parseShardFileName(name)?.number;
  if (digits === undefined) return false;
  return plans.some(({ shards, shape }) => {
    if (plannedShard(shards, shape.shardDigits, digits) === undefined) return false;
    return [...shardRecordNames(digits), ...shardDataNames(digits, shape.outputFormat)].includes(name);
  });
}

/** The names in the record of a shard without a plan: one of img2dataset, or one of prep whose plan is gone. */
async function namesInRecord(store: Store, path: string, digits: string): Promise<string[]> {
  const record = (await readJson(store, path)) as Partial<ShardRecord> | undefined;
  if (typeof record?.successes !== "number" || typeof record.count !== "number") return [];
  // img2dataset's records name no files.
  if (record.format_version === undefined) return [digits + RECORD_ENDING, ...shardDataNames(digits)];
  const files = Array.isArray(record.files) ? record.files.map(({ name }) => name) : [];
  return [...shardRecordNames(digits), ...files.filter((name) => parseShardFileName(name)?.number === digits)];
}

const isPlanName = (name: string) => /^plan(-\d+)?\.json$/.test(name);
const isRecordName = (name: string) => name === "selection.json" || numberOfRecord(name) !== undefined;

async function findRecords(store: Store, moved: readonly string[]): Promise<{ readonly name: string; readonly path: string }[]> {
  const places = [
    { folder: "", isNamed: isRecordName, asName: (name: string) => name },
    { folder: "_prep", isNamed: isPlanName, asName: (name: string) => name },
    ...moved.map((folder) => ({
      folder,
      isNamed: (name: string) => MOVED.test(name),
      asName: (name: string) => MOVED.exec(name)?.[1] ?? name,
    })),
  ];
  const found: { readonly name: string; readonly path: string }[] = [];
  for (const { folder, isNamed, asName } of places) {
    for (const file of await store.names(folder).catch(noneIfMissing)) {
      const name = asName(file);
      if (isNamed(file) && (isPlanName(name) || isRecordName(name))) found.push({ name, path: join(folder, file) });
    }
  }
  return found;
}

/** The JSON object in a file; undefined for anything else. */
async function readJson(store: Store, path: string): Promise<object | undefined> {
  try {
    const value: unknown = JSON.parse(await store.readText(path));
    return value !== null && typeof value === "object" ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || /^(ENOENT|EISDIR|ELOOP)$/.test(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

function noneIfMissing(error: unknown): never[] {
  if (/^(ENOENT|ENOTDIR)$/.test(errorCode(error) ?? "")) return [];
  throw error;
}

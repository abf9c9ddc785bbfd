// Fetches the tables of a data set into a folder, after all checks that need no writing.
import { mkdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InputError, OutputError, PrepError } from "../core/errors.ts";
import { formatBytes, formatCount, plural } from "../core/units.ts";
import { makeWritableFolder } from "../store/local/durable.ts";
import { chooseFiles, type TableNames } from "./choose-files.ts";
import { HubClient, type HubClientOptions, type HubFile } from "./client.ts";
import { type FetchContext, fetchFile, partPath } from "./fetch-file.ts";
import { FETCH_FOLDER, type FetchRecord, readRecord, writeRecord } from "./fetch-record.ts";
import { addFile, beginDigest } from "./file-check.ts";
import { gatedWithoutToken } from "./refusals.ts";

/** What to fetch, and where to. */
export interface FetchConfig {
  /** `org/name`. */
  readonly repository: string;
  /** A branch, tag or commit; undefined for the revision of an earlier start, or `main`. */
  readonly revision: string | undefined;
  readonly globs: readonly string[];
  /** Which files are fetched without globs. */
  readonly tables: TableNames;
  readonly output: string;
}

/** The work of a fetch. */
export interface FetchPlan {
  readonly commit: string;
  readonly files: number;
  readonly bytes: number;
  /** Done by earlier starts. */
  readonly filesDone: number;
  readonly bytesDone: number;
}

/** Receives the progress. */
export interface FetchListener {
  readonly onPlan: (plan: FetchPlan) => void;
  /** Bytes that arrived since the last call; negative if bytes must be fetched again. */
  readonly onBytes: (bytes: number) => void;
  readonly onFile: (path: string) => void;
}

/** Files fetched at once: enough to fill a line that limits single connections, few enough for the hub's limits. */
const PARALLEL_FILES = 4;

/** Disk space that a fetch leaves free. */
const SPARE_BYTES = 64e6;

/**
 * Fetches a data set's tables, and continues an earlier start on its commit. Returns the plan, with the commit. Throws InputError or
 * UsageError for files that the hub does not give. Throws OutputError for a folder of another set or a disk that is too small, both
 * before anything is written. Throws IncompleteError if the same command can continue later.
 */
export async function fetchDataset(config: FetchConfig, options: HubClientOptions, listener: FetchListener): Promise<FetchPlan> {
  const { repository, output } = config;
  const client = new HubClient(options);
  const before = await readRecord(output);
  refuseOtherDataset(config, before, options.endpoint);
  const revision = config.revision ?? before?.revision ?? "main";
  const { commit, isGated } = await pinnedCommit(client, config, revision, before);
  if (isGated && options.token === undefined) throw gatedWithoutToken(repository, options.endpoint);
  const chosen = chooseFiles(await client.files(repository, commit), config.globs, repository, config.tables);
  const partFolder = join(output, FETCH_FOLDER);
  const missing = await missingFiles(chosen, output, before !== undefined, options.signal);
  const [first] = missing;
  // Asked before anything is written: the terms may not be accepted, or the token may not read files.
  if (first) await client.insistOnAccess(repository, commit, first.path).catch((error) => ifRefusal(error, options.signal));
  const bytes = sum(chosen.map((file) => file.bytes));
  const begun = sum(
    await Promise.all(missing.map((file) => sizeOf(partPath(partFolder, file)).then((size) => Math.min(size ?? 0, file.bytes)))),
  );
  const wanted = sum(missing.map((file) => file.bytes)) - begun;
  await requireSpace(output, wanted, missing.length);
  await makeWritableFolder(output);
  await mkdir(partFolder, { recursive: true });
  await writeRecord(output, { format: 1, endpoint: options.endpoint, dataset: repository, revision, commit, files: chosen }, before);
  const plan = { commit, files: chosen.length, bytes, filesDone: chosen.length - missing.length, bytesDone: bytes - wanted };
  listener.onPlan(plan);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const { endpoint, clock, notice } = options;
  const context: FetchContext = {
    client: new HubClient({ ...options, signal }),
    ...{ clock, signal, endpoint, repository, commit, output, partFolder, notice, onBytes: listener.onBytes },
  };
  const queue = missing.values();
  const work = async () => {
    for (const file of queue) {
      await fetchFile(file, context);
      listener.onFile(file.path);
    }
  };
  const failures: unknown[] = [];
  await Promise.all(
    Array.from({ length: PARALLEL_FILES }, () =>
      work().catch((error) => {
        failures.push(error);
        stop.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return plan;
}

/** The commit of an earlier start if the same revision is meant; otherwise the commit that the hub names. */
async function pinnedCommit(
  client: HubClient,
  { repository, revision: asked }: FetchConfig,
  revision: string,
  before: FetchRecord | undefined,
) {
  if (before && (asked === undefined || asked === before.revision || asked === before.commit)) {
    const { isGated } = await client.commitOf(repository, before.commit);
    return { commit: before.commit, isGated };
  }
  const found = await client.commitOf(repository, revision);
  if (before && found.commit !== before.commit) {
    throw new OutputError(
      `the folder holds ${repository} at ${before.commit} (${before.revision}), not at ${found.commit} (${revision})`,
      "Name another --output, because files of two commits do not fit together.",
    );
  }
  return found;
}

function refuseOtherDataset({ repository, output }: FetchConfig, before: FetchRecord | undefined, endpoint: string): void {
  if (!before || (before.dataset === repository && before.endpoint === endpoint)) return;
  const place = before.endpoint === endpoint ? "" : ` of ${before.endpoint}`;
  throw new OutputError(`${output} holds ${before.dataset}${place}, not ${repository}`, "Name another --output.");
}

/** Files that are missing. A file of the right size is complete if prep wrote it; any other file is read and its digest compared. */
async function missingFiles(files: readonly HubFile[], output: string, isOurs: boolean, signal: AbortSignal): Promise<HubFile[]> {
  const missing: HubFile[] = [];
  for (const file of files) {
    const path = join(output, file.path);
    const bytes = await sizeOf(path);
    if (bytes === undefined) {
      missing.push(file);
      continue;
    }
    const hash = beginDigest(file);
    if (bytes === file.bytes && !isOurs) await addFile(hash, path, bytes, signal);
    if (bytes === file.bytes && (isOurs || hash.digest("hex") === file.digest.hex)) continue;
    throw new OutputError(
      `${path} already exists and is not the data set's file (${plural(bytes, "byte")} instead of ${formatCount(file.bytes)})`,
      "Move it away, or name another --output.",
    );
  }
  return missing;
}

async function requireSpace(output: string, bytes: number, files: number): Promise<void> {
  let folder = resolve(output);
  while ((await stat(folder).catch(() => undefined)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (bytes === 0 || bytes + SPARE_BYTES <= free) return;
  throw new OutputError(
    `${plural(files, "file needs", "files need")} ${formatBytes(bytes)} more in ${output}, but only ${formatBytes(free)} are free`,
    "Free space, name another --output, or fetch fewer files with --files.",
  );
}

async function sizeOf(path: string): Promise<number | undefined> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory()) throw new InputError(`${path} is a folder, but the data set has a file of that name`, "Name another --output.");
  return entry?.size;
}

/** Throws only refusals. Each file waits for a failing connection by itself later. */
function ifRefusal(error: unknown, signal: AbortSignal): void {
  signal.throwIfAborted();
  if (error instanceof PrepError) throw error;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

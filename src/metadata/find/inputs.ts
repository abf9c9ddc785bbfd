// Where a run begins: the paths on the command line become a sorted list of metadata files that are what they claim to be.
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import { formatOf, isReadable, mainFormat } from "../formats.ts";
import { checkPackedFiles } from "../text/packed-check.ts";
import { brokenLink } from "./broken-links.ts";
import { checkParquetFiles } from "./file-check.ts";
import { expandGlob, globRoot, isGlob } from "./glob.ts";
import { findRemoteFiles, isRemote } from "./remote.ts";
import { eachOnce, ownPath } from "./same-file.ts";

/** One file of metadata. */
export interface MetadataFile {
  /** Absolute, or an address. */
  readonly path: string;
  readonly bytes: number;
  /** Keys of `key=value` folders between the path that was given and the file. */
  readonly hiveKeys?: readonly string[];
}

/** Spark's side files, hidden files and whatever else is kept beside data. */
const IGNORED = /^[._]|\.crc$/i;

interface Folder {
  readonly path: string;
  /** Keys of the `key=value` folders that lead to it. */
  readonly keys: readonly string[];
}

/** What is known while folders are walked through. */
interface Walk {
  readonly entered: Set<string>;
  /** Folders to enter in the end. */
  readonly links: Folder[];
  readonly others: Others;
}

/** Where the rows will go, by its own path: what lies there is no metadata of its own. */
type Output = string | undefined;

/** What a folder held besides metadata, for the message when there is none. */
type Others = Map<string, number>;

/**
 * The files that folders (searched recursively), globs, file names and addresses mean: sorted, each once. Throws
 * InputError where there is nothing, where a folder is an output, and for files that are pointers, truncated or not what they are called.
 * `output` is left out where it lies below what is searched, so that a second start finds what the first did, and refused as the metadata itself.
 */
export async function findMetadataFiles(paths: readonly string[], output?: string): Promise<MetadataFile[]> {
  if (paths.length === 0) throw new InputError("no metadata was named", "Name a folder, a glob or a parquet file with --metadata.");
  const found = new Map<string, MetadataFile>();
  const own = output === undefined ? undefined : await ownPath(resolve(output));
  for (const path of paths) {
    for (const file of await filesOf(path, own)) found.set(file.path, file);
  }
  const files = await eachOnce(found.values());
  const local = files.filter(({ path }) => !isRemote(path));
  await checkParquetFiles(local.filter(({ path }) => formatOf(path) === "parquet"));
  await checkPackedFiles(local.filter(({ path }) => formatOf(path) !== "parquet"));
  return files;
}

async function filesOf(path: string, output: Output): Promise<MetadataFile[]> {
  if (isRemote(path)) return await findRemoteFiles(path);
  const absolute = resolve(path);
  const given = await statOf(absolute);
  const others: Others = new Map();
  if (given?.isFile()) {
    if (/\.crc$/i.test(absolute)) throw new InputError(`${path} is a checksum file that Spark writes, not data`, "Name its folder.");
    return [{ path: absolute, bytes: given.size }];
  }
  if (given?.isDirectory()) {
    refuseOwn(await ownPath(absolute), output);
    const files = mainFormat(await filesBelow(absolute, [], others, output));
    if (files.length === 0) throw new InputError(`${path} holds no metadata file${describe(others)}`, nothingHint(others));
    return files;
  }
  if (given || !isGlob(path)) {
    throw new InputError(`${path} ${given ? "is neither a file nor a folder" : "does not exist"}`, "Check the path.");
  }
  const files: MetadataFile[] = [];
  const isInside = await isBelow(output, globRoot(path));
  for (const match of await expandGlob(path)) {
    if (!isInside && (await isBelow(output, match))) continue;
    const entry = await statOf(resolve(match));
    if (entry?.isDirectory()) files.push(...mainFormat(await filesBelow(resolve(match), hiveKeys(match), others, output)));
    else if (entry?.isFile() && !note(basename(match), others)) {
      files.push({ path: resolve(match), bytes: entry.size, ...hive(hiveKeys(match)) });
    } else if (!entry && isReadable(match)) throw brokenLink(match);
  }
  for (const folder of new Set(files.map((file) => dirname(file.path)))) {
    refuseOwn(await ownPath(folder), output);
    refuseOutput(folder, await entriesOf(folder));
  }
  if (files.length === 0) throw new InputError(`${path} matches no metadata file${describe(others)}`, nothingHint(others));
  return files;
}

/** Linked folders come last and are entered where nobody was yet: a link to a folder above would repeat its rows for ever. */
async function filesBelow(folder: string, keys: readonly string[], others: Others, output: Output): Promise<MetadataFile[]> {
  const walk: Walk = { entered: new Set(output === undefined ? [] : [output]), links: [{ path: folder, keys }], others };
  const files: MetadataFile[] = [];
  for (const link of walk.links) files.push(...(await filesInside(link, walk)));
  return files;
}

/** The files in a folder and in the folders that are really below it; linked ones are noted. */
async function filesInside({ path: folder, keys }: Folder, walk: Walk): Promise<MetadataFile[]> {
  const own = await ownPath(folder);
  if (walk.entered.has(own)) return [];
  walk.entered.add(own);
  const entries = await entriesOf(folder);
  refuseOutput(folder, entries);
  const files: MetadataFile[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isLinked = entry.isSymbolicLink() && (await statOf(path))?.isDirectory() === true;
    const directory = entry.isDirectory() || isLinked;
    if (directory && !IGNORED.test(entry.name)) {
      const below = { path, keys: [...keys, ...hiveKeys(entry.name)] };
      if (isLinked) walk.links.push(below);
      else files.push(...(await filesInside(below, walk)));
    } else if (!directory && !note(entry.name, walk.others)) {
      const bytes = (await statOf(path))?.size;
      if (bytes === undefined) throw brokenLink(path);
      files.push({ path, bytes, ...hive(keys) });
    }
  }
  return files;
}

/** A second start would read what the first one wrote beside the metadata. */
function refuseOwn(folder: string, output: Output): void {
  if (folder !== output) return;
  throw new InputError(`${folder} holds the metadata and is the output as well`, "Name another --output, such as a folder in it.");
}

/** Whether a path leads into the output or below. */
async function isBelow(output: Output, path: string): Promise<boolean> {
  return output !== undefined && `${await ownPath(resolve(path))}/`.startsWith(`${output}/`);
}

/** The sidecars of an output have other columns than metadata, and mixed with its partitions every row would come twice. */
function refuseOutput(folder: string, entries: readonly Dirent[]): void {
  const partitions = entries.some(({ name }) => name === "partitions");
  const sign = entries.find(
    ({ name }) => name === "_prep" || name === "run.json" || (partitions && name === "selection.json") || /^\d{5,}_stats\.json$/.test(name),
  );
  if (!sign) return;
  throw new InputError(
    `${folder} is the output of an earlier run, not metadata (it holds ${sign.name})`,
    partitions ? `Name ${join(folder, "partitions")} to read its selection.` : "Name the folder of the metadata that it was made from.",
  );
}

/** True, and counted, where a file is none that is read. */
function note(name: string, others: Others): boolean {
  if (!IGNORED.test(name) && isReadable(name)) return false;
  const kind = /\.crc$/i.test(name) ? ".crc" : /\.(csv|tsv|json|jsonl|txt)\.gz$/i.exec(name)?.[0] || extname(name) || name;
  others.set(kind, (others.get(kind) ?? 0) + 1);
  return true;
}

function describe(others: Others): string {
  if (others.size === 0) return "";
  const counts = [...others].sort((left, right) => right[1] - left[1]).map(([kind, count]) => `${count} ${kind}`);
  const shown = counts.slice(0, 5).join(", ");
  return `, only ${shown}${counts.length > 5 ? " and others" : ""}`;
}

function nothingHint(others: Others): string {
  if (others.has(".crc")) return "The .crc files are Spark's checksums; the data files beside them are missing: fetch those.";
  return "Name a folder that holds .parquet, .csv, .tsv or .jsonl files (also .gz), a glob or a file with --metadata.";
}

function hiveKeys(path: string): string[] {
  return path.split("/").flatMap((segment) => /^([A-Za-z_]\w*)=./.exec(segment)?.[1] ?? []);
}

function hive(keys: readonly string[]): { hiveKeys?: readonly string[] } {
  return keys.length > 0 ? { hiveKeys: keys } : {};
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    // Of several links to a folder the same one is followed each time.
    return (await readdir(folder, { withFileTypes: true })).sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch (thrown) {
    throw new InputError(
      `${folder} cannot be listed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      "Check its permissions.",
      {
        cause: thrown,
      },
    );
  }
}

async function statOf(path: string) {
  return stat(path).catch(() => undefined);
}

// The finder: turns paths, folders and globs into a sorted list of files, by the policy of a verb.
import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import { expandGlob, isGlob } from "./glob.ts";

/** One file of metadata. */
export interface MetadataFile {
  /** Absolute, or an address. */
  readonly path: string;
  readonly bytes: number;
  /** Keys of `key=value` folders between the path that was given and the file. */
  readonly hiveKeys?: readonly string[];
}

/** What a verb takes for its files. Every function throws InputError for what it refuses. */
export interface SearchPolicy<T extends MetadataFile> {
  /** The files at an address; undefined if the path is local. */
  remoteFiles?(path: string): Promise<T[]> | undefined;
  /** A file that was named, or that a glob matches. */
  file(path: string, bytes: number, keys: readonly string[]): Promise<T> | T;
  /** The files that a folder stands for; `given` is its path as the user wrote it. */
  folderFiles(folder: string, given: string): Promise<T[]>;
  /** Whether a file that a glob matches counts. */
  isMatch(name: string): boolean;
  /** Whether a link without a target that a glob matches would count. */
  isLink(name: string): boolean;
  /** Prepares the search of a glob; the result tells which matches are left out. */
  skippedMatches?(pattern: string): Promise<(match: string) => Promise<boolean>>;
  /** The files in a folder that a glob matches; without it such folders are left out. */
  matchedFolderFiles?(match: string): Promise<T[]>;
  /** Keys of `key=value` folders in a match. */
  keysOf?(match: string): string[];
  /** Checks what a glob found, which may be nothing. */
  checkMatches(pattern: string, files: readonly T[]): Promise<void> | void;
}

/** Hidden files and Spark's side files. */
const IGNORED = /^[._]|\.crc$/i;

/** Concurrent look-ups: enough to hide the latency of a network disk. */
const CONCURRENCY = 32;

/** Whether a file or folder of this name is never data. */
export function isIgnored(name: string): boolean {
  return IGNORED.test(name);
}

/** The files that paths stand for: absolute, sorted, each once. Throws InputError for paths that do not exist or that the policy refuses. */
export async function findFiles<T extends MetadataFile>(paths: readonly string[], policy: SearchPolicy<T>): Promise<T[]> {
  const found = new Map<string, T>();
  for (const path of paths) for (const file of await filesOf(path, policy)) found.set(file.path, file);
  return await withoutLinkedTwins(found.values());
}

async function filesOf<T extends MetadataFile>(path: string, policy: SearchPolicy<T>): Promise<T[]> {
  const remote = policy.remoteFiles?.(path);
  if (remote) return await remote;
  const absolute = resolve(path);
  const given = await statOf(absolute);
  if (given?.isFile()) {
    if (/\.crc$/i.test(absolute)) throw new InputError(`${path} is a checksum file that Spark writes, not data`, "Name its folder.");
    return [await policy.file(absolute, given.size, [])];
  }
  if (given?.isDirectory()) return await policy.folderFiles(absolute, path);
  if (given || !isGlob(path))
    throw new InputError(`${path} ${given ? "is neither a file nor a folder" : "does not exist"}`, "Check the path.");
  const files: T[] = [];
  const isSkipped = await policy.skippedMatches?.(path);
  for (const match of await expandGlob(path)) {
    if (await isSkipped?.(match)) continue;
    const entry = await statOf(resolve(match));
    const name = basename(match);
    if (entry?.isDirectory()) files.push(...((await policy.matchedFolderFiles?.(match)) ?? []));
    else if (entry?.isFile() && policy.isMatch(name))
      files.push(await policy.file(resolve(match), entry.size, policy.keysOf?.(match) ?? []));
    else if (!entry && policy.isLink(name)) throw brokenLink(match);
  }
  await policy.checkMatches(path, files);
  return files;
}

/** The entries of a folder, sorted, so that the same one of several links to a folder is followed each time. */
export async function folderEntries(folder: string): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new InputError(`${folder} cannot be listed: ${reason}`, "Check its permissions.", { cause: thrown });
  }
}

/** What is at a path, links followed; undefined if there is nothing. */
export async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

/** Where a path leads when all links are followed. What cannot be followed, such as an address, is returned unchanged. */
export async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** The error for a link without a target. Its rows exist somewhere, or did, so it is never ignored. */
export function brokenLink(path: string): InputError {
  return new InputError(
    `${path} is a link that leads nowhere`,
    "Fetch the file that it leads to again, or remove the link to do without its rows.",
  );
}

/** Sorts files and keeps each once: under its real path if that was found, otherwise under the first link to it. */
async function withoutLinkedTwins<T extends MetadataFile>(files: Iterable<T>): Promise<T[]> {
  const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : 1));
  const real = new Map<string, string>();
  const queue = sorted.values();
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENCY, sorted.length) }, async () => {
      for (const { path } of queue) real.set(path, await realPathOf(path));
    }),
  );
  const chosen = new Map<string, T>();
  for (const file of sorted) {
    const key = real.get(file.path) ?? file.path;
    if (!chosen.has(key) || key === file.path) chosen.set(key, file);
  }
  const kept = new Set(chosen.values());
  return sorted.filter((file) => kept.has(file));
}

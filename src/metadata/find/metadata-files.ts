// Finds metadata for queries: searches folders recursively, notes `key=value` folders.
import type { Dirent } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import { formatEnding, isMetadataName, isTextFile, METADATA_FORMATS, withMainLayout } from "../formats.ts";
import { checkPackedFiles } from "../text/check-text.ts";
import { checkParquetFiles } from "./check-parquet.ts";
import { outputSign, partitionsIn } from "./earlier-output.ts";
import { brokenLink, findFiles, folderEntries, isIgnored, type MetadataFile, realPathOf, type SearchPolicy, statOf } from "./find-files.ts";
import { globRoot } from "./glob.ts";
import { findRemoteFiles, isRemote } from "./remote.ts";

interface Folder {
  readonly path: string;
  /** Keys of the `key=value` folders that lead to it. */
  readonly keys: readonly string[];
}

/**
 * The files that folders (searched recursively), globs, file names and addresses stand for: sorted, each once. A folder is
 * read in its main layout. `output` is where the run writes. It is left out if it lies below a searched folder, so that a
 * second start finds the same files, and refused as the metadata itself. Throws InputError if nothing is found, for a folder
 * that is an output, and for files that are git-LFS pointers, truncated, or not what their names say.
 */
export async function findMetadataFiles(paths: readonly string[], output?: string): Promise<MetadataFile[]> {
  if (paths.length === 0) throw new InputError("no metadata was named", "Name a folder, a glob or a parquet file with --metadata.");
  const policy = new MetadataPolicy(output === undefined ? undefined : await realPathOf(resolve(output)));
  const files = await findFiles(paths, policy);
  const local = files.filter(({ path }) => !isRemote(path));
  await checkParquetFiles(local.filter(({ path }) => !isTextFile(path)));
  await checkPackedFiles(local.filter(({ path }) => isTextFile(path)));
  return files;
}

class MetadataPolicy implements SearchPolicy<MetadataFile> {
  /** The real path of the run's output. */
  readonly #output: string | undefined;
  /** How many files of each kind were passed over, for the message if there is no metadata. */
  readonly #others = new Map<string, number>();

  constructor(output: string | undefined) {
    this.#output = output;
  }

  remoteFiles(path: string): Promise<MetadataFile[]> | undefined {
    return isRemote(path) ? findRemoteFiles(path) : undefined;
  }

  file(path: string, bytes: number, keys: readonly string[]): MetadataFile {
    return { path, bytes, ...(keys.length > 0 ? { hiveKeys: keys } : {}) };
  }

  async folderFiles(folder: string, given: string): Promise<MetadataFile[]> {
    this.#others.clear();
    this.#refuseRunOutput(await realPathOf(folder));
    const files = withMainLayout(await this.#filesBelow(folder, []));
    if (files.length === 0) throw this.#nothingFound(`${given} holds no metadata file`);
    return files;
  }

  isMatch(name: string): boolean {
    return !this.#isOther(name);
  }

  isLink(name: string): boolean {
    return isMetadataName(name);
  }

  async skippedMatches(pattern: string): Promise<(match: string) => Promise<boolean>> {
    this.#others.clear();
    const isInOutput = await this.#leadsIntoOutput(globRoot(pattern));
    return async (match) => !isInOutput && (await this.#leadsIntoOutput(match));
  }

  async matchedFolderFiles(match: string): Promise<MetadataFile[]> {
    return withMainLayout(await this.#filesBelow(resolve(match), keysIn(match)));
  }

  keysOf(match: string): string[] {
    return keysIn(match);
  }

  async checkMatches(pattern: string, files: readonly MetadataFile[]): Promise<void> {
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      this.#refuseRunOutput(await realPathOf(folder));
      refuseEarlierOutput(folder, await folderEntries(folder));
    }
    if (files.length === 0) throw this.#nothingFound(`${pattern} matches no metadata file`);
  }

  /** Linked folders come last, and only if they were not entered yet: a link to a folder above would repeat rows for ever. */
  async #filesBelow(folder: string, keys: readonly string[]): Promise<MetadataFile[]> {
    const entered = new Set(this.#output === undefined ? [] : [this.#output]);
    const links: Folder[] = [{ path: folder, keys }];
    const files: MetadataFile[] = [];
    for (const link of links) files.push(...(await this.#filesInside(link, entered, links)));
    return files;
  }

  /** The files in a folder and in its real subfolders; linked subfolders are added to `links`. */
  async #filesInside({ path: folder, keys }: Folder, entered: Set<string>, links: Folder[]): Promise<MetadataFile[]> {
    const real = await realPathOf(folder);
    if (entered.has(real)) return [];
    entered.add(real);
    const entries = await folderEntries(folder);
    refuseEarlierOutput(folder, entries);
    const files: MetadataFile[] = [];
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const isLinked = entry.isSymbolicLink() && (await statOf(path))?.isDirectory() === true;
      const isFolder = entry.isDirectory() || isLinked;
      if (isFolder && !isIgnored(entry.name)) {
        const below = { path, keys: [...keys, ...keysIn(entry.name)] };
        if (isLinked) links.push(below);
        else files.push(...(await this.#filesInside(below, entered, links)));
      } else if (!isFolder && !this.#isOther(entry.name)) {
        const bytes = (await statOf(path))?.size;
        if (bytes === undefined) throw brokenLink(path);
        files.push(this.file(path, bytes, keys));
      }
    }
    return files;
  }

  /** Whether a file is not metadata by its name; then it is counted. */
  #isOther(name: string): boolean {
    if (!isIgnored(name) && isMetadataName(name)) return false;
    const kind = /\.crc$/i.test(name) ? ".crc" : (formatEnding(name) ?? (extname(name) || name));
    this.#others.set(kind, (this.#others.get(kind) ?? 0) + 1);
    return true;
  }

  #nothingFound(message: string): InputError {
    const counts = [...this.#others].sort((left, right) => right[1] - left[1]).map(([kind, count]) => `${count} ${kind}`);
    const shown = counts.length > 0 ? `, only ${counts.slice(0, 5).join(", ")}${counts.length > 5 ? " and others" : ""}` : "";
    const hint = this.#others.has(".crc")
      ? "The .crc files are Spark's checksums. Fetch the data files beside them, which are missing."
      : `Name a folder that holds ${METADATA_FORMATS} files (text also as .gz), a glob or a file with --metadata.`;
    return new InputError(`${message}${shown}`, hint);
  }

  /** A second start would read what the first one wrote beside the metadata. */
  #refuseRunOutput(folder: string): void {
    if (folder !== this.#output) return;
    throw new InputError(`${folder} is both the metadata and the output`, "Name another --output, such as a folder in it.");
  }

  async #leadsIntoOutput(path: string): Promise<boolean> {
    return this.#output !== undefined && `${await realPathOf(resolve(path))}/`.startsWith(`${this.#output}/`);
  }
}

/** Sidecars have other columns than metadata; read together with the partitions, they would give every row twice. */
function refuseEarlierOutput(folder: string, entries: readonly Dirent[]): void {
  const names = entries.map(({ name }) => name);
  const sign = outputSign(names);
  if (sign === undefined) return;
  const partitions = partitionsIn(folder, names);
  throw new InputError(
    `${folder} is the output of an earlier run, not metadata (it holds ${sign})`,
    partitions === undefined ? "Name the folder of the metadata that it was made from." : `Name ${partitions} to read its selection.`,
  );
}

function keysIn(path: string): string[] {
  return path.split("/").flatMap((segment) => /^([A-Za-z_]\w*)=./.exec(segment)?.[1] ?? []);
}

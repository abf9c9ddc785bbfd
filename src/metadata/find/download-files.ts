// Finds the files of a download: any format, and folders without their subfolders.
import type { Dirent } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../../core/errors.ts";
import { formatCount } from "../../core/units.ts";
import { FORMAT_NAMES, formatByName, INPUT_FORMATS, type InputFormat, isTextFormat } from "../formats.ts";
import { headOf } from "../text/lines.ts";
import { checkParquetFiles } from "./check-parquet.ts";
import { isOutputFile, outputSign, partitionsIn } from "./earlier-output.ts";
import { brokenLink, findFiles, folderEntries, isIgnored, type MetadataFile, type SearchPolicy, statOf } from "./find-files.ts";

/** One file of a download's input. */
export interface InputFile extends MetadataFile {
  readonly format: InputFormat;
}

/** The files of a download's input, and notices about them. */
export interface FoundInputs {
  readonly files: readonly InputFile[];
  readonly notices: readonly string[];
}

/** How many files a notice names. */
const NAMED_FILES = 3;

/**
 * The files that file names, folders and globs stand for: absolute, sorted, each once. `format` holds for all files; without
 * it the names tell. A name that tells none is parquet if the file begins like it, otherwise txt. From a folder come the
 * files of `format` or else of the first format that it holds, without the files of an output. Notices name files of other
 * formats, and files that are there both with and without `.gz`. Throws InputError if nothing is found, and for parquet
 * files that are git-LFS pointers, truncated or not parquet.
 */
export async function findInputFiles(paths: readonly string[], format: InputFormat | undefined): Promise<FoundInputs> {
  const policy = new DownloadPolicy(format);
  const files = await findFiles(paths, policy);
  await checkParquetFiles(files.filter((file) => !isTextFormat(file.format)));
  return { files, notices: [...policy.notices, ...packedTwinNotices(files.map(({ path }) => path))] };
}

class DownloadPolicy implements SearchPolicy<InputFile> {
  readonly notices = new Set<string>();
  readonly #format: InputFormat | undefined;

  constructor(format: InputFormat | undefined) {
    this.#format = format;
  }

  async file(path: string, bytes: number): Promise<InputFile> {
    const known = this.#format ?? formatByName(path);
    if (known) return { path, bytes, format: known };
    const head = (await headOf(path)).toString("latin1", 0, 4);
    return { path, bytes, format: head === "PAR1" ? "parquet" : "txt" };
  }

  isMatch(name: string): boolean {
    return !isIgnored(name);
  }

  isLink(name: string): boolean {
    return !isIgnored(name);
  }

  checkMatches(pattern: string, files: readonly InputFile[]): void {
    if (files.length === 0) throw new InputError(`${pattern} matches no file`, "Check the pattern.");
  }

  async folderFiles(folder: string): Promise<InputFile[]> {
    const entries = await folderEntries(folder);
    const names = new Set(entries.map(({ name }) => name));
    const known = entries.flatMap((entry) => {
      const format = formatByName(entry.name);
      const isInput = format && !entry.isDirectory() && !isIgnored(entry.name) && !isOutputFile(entry.name, names);
      return isInput ? [{ name: entry.name, format }] : [];
    });
    const main = this.#format ?? INPUT_FORMATS.find((one) => known.some(({ format }) => format === one));
    const files: InputFile[] = [];
    for (const { name, format } of known.filter((one) => one.format === main)) {
      const path = join(folder, name);
      const entry = await statOf(path);
      if (entry?.isFile()) files.push({ path, bytes: entry.size, format });
      else if (!entry) throw brokenLink(path);
    }
    if (files.length === 0) throw nothingIn(folder, entries, this.#format);
    const others = this.#format ? [] : known.filter(({ format }) => format !== main).map(({ name }) => name);
    for (const notice of otherFormatNotices(folder, main, others)) this.notices.add(notice);
    return files;
  }
}

function nothingIn(folder: string, entries: readonly Dirent[], format: InputFormat | undefined): InputError {
  const names = entries.map(({ name }) => name);
  const sign = outputSign(names);
  if (sign !== undefined) {
    const partitions = partitionsIn(folder, names);
    return new InputError(
      `${folder} is the output of an earlier run, not a list (it holds ${sign})`,
      partitions === undefined ? "Name the list that it was made from." : `Name ${partitions} to download its selection.`,
    );
  }
  if (names.some((name) => /\.crc$/i.test(name)) && names.every(isIgnored)) {
    return new InputError(
      `${folder} holds only .crc files`,
      "The .crc files are Spark's checksums. Fetch the data files beside them, which are missing.",
    );
  }
  const hasFolders = entries.some((entry) => entry.isDirectory() && !isIgnored(entry.name));
  return new InputError(
    `${folder} holds no ${format ?? FORMAT_NAMES} file`,
    hasFolders
      ? `Folders below it are not searched. Name them, or a glob: '${folder}/*/*.parquet'.`
      : "Check the folder and --input-format.",
  );
}

function otherFormatNotices(folder: string, main: InputFormat | undefined, others: readonly string[]): string[] {
  if (others.length === 0) return [];
  const are = others.length === 1 ? "file of another format is" : "files of other formats are";
  return [
    `${folder} is read as ${main}: ${formatCount(others.length)} ${are} not read (${firstNames(others)}); --input-format chooses another format`,
  ];
}

/** Files that are there with and without `.gz` give their rows twice. */
function packedTwinNotices(paths: readonly string[]): string[] {
  const known = new Set(paths);
  const twins = paths.filter((path) => known.has(`${path}.gz`)).map((path) => basename(path));
  if (twins.length === 0) return [];
  const exist = twins.length === 1 ? "file exists" : "files exist";
  return [`${formatCount(twins.length)} ${exist} with and without .gz; both are read, so each row comes twice (${firstNames(twins)})`];
}

function firstNames(names: readonly string[]): string {
  const rest = names.length - NAMED_FILES;
  return `${names.slice(0, NAMED_FILES).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
}

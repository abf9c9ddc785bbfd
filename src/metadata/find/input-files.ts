// Where a download begins: the paths on the command line become a sorted list of files with rows to download, of any format.
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import { INPUT_FORMATS, type InputFormat, inputFormatOf } from "../formats.ts";
import { headOf } from "../text/text-lines.ts";
import { brokenLink } from "./broken-links.ts";
import { checkParquetFiles } from "./file-check.ts";
import { expandGlob, isGlob } from "./glob.ts";
import { otherFormatNotices, packedTwinNotices } from "./input-notices.ts";
import type { MetadataFile } from "./inputs.ts";
import { eachOnce } from "./same-file.ts";

/** One file of a list. */
export interface InputFile extends MetadataFile {
  readonly format: InputFormat;
}

/** The files of a list, and what is to be said of them. */
export interface FoundInputs {
  readonly files: readonly InputFile[];
  readonly notices: readonly string[];
}

/** Hidden files, Spark's side files, and what is no list though its name ends like one. */
const IGNORED = /^[._]|\.crc$/i;

/** What `prep` and img2dataset write beside shards. */
const OUTPUT_FILE = /^(\d+_stats|selection|run|sizes|croissant)\.json$/;

/**
 * The files that file names, folders (not what lies below them, as img2dataset) and globs mean: absolute, sorted, each once.
 * Formats are those of the names unless one is given for all; a name that tells none is taken for txt, or parquet where it
 * begins so. In a folder only files of the given format count, else those of the main one that it holds, without the files
 * of an output; a notice says which are not read, and another which are there packed and unpacked. Throws InputError where
 * there is nothing, and for parquet files that are pointers, truncated or no parquet.
 */
export async function findInputFiles(paths: readonly string[], format: InputFormat | undefined): Promise<FoundInputs> {
  const found = new Map<string, InputFile>();
  const notices = new Set<string>();
  for (const path of paths) {
    const inputs = await filesOf(path, format);
    for (const file of inputs.files) found.set(file.path, file);
    for (const notice of inputs.notices) notices.add(notice);
  }
  const files = await eachOnce(found.values());
  await checkParquetFiles(files.filter((file) => file.format === "parquet"));
  return { files, notices: [...notices, ...packedTwinNotices(files.map(({ path }) => path))] };
}

async function filesOf(path: string, format: InputFormat | undefined): Promise<FoundInputs> {
  const absolute = resolve(path);
  const given = await stat(absolute).catch(() => undefined);
  if (given?.isFile()) return { files: [await fileOf(absolute, given.size, format)], notices: [] };
  if (given?.isDirectory()) return await filesIn(absolute, format);
  if (given || !isGlob(path))
    throw new InputError(`${path} ${given ? "is neither a file nor a folder" : "does not exist"}`, "Check the path.");
  const files: InputFile[] = [];
  for (const match of await expandGlob(path)) {
    const entry = await stat(resolve(match)).catch(() => undefined);
    const isIgnored = IGNORED.test(match.slice(match.lastIndexOf("/") + 1));
    if (entry?.isFile() && !isIgnored) files.push(await fileOf(resolve(match), entry.size, format));
    else if (!entry && !isIgnored) throw brokenLink(match);
  }
  if (files.length === 0) throw new InputError(`${path} matches no file`, "Check the pattern.");
  return { files, notices: [] };
}

async function fileOf(path: string, bytes: number, format: InputFormat | undefined): Promise<InputFile> {
  if (/\.crc$/i.test(path)) throw new InputError(`${path} is a checksum file that Spark writes, not data`, "Name its folder.");
  const known = format ?? inputFormatOf(path);
  if (known) return { path, bytes, format: known };
  const head = (await headOf(path)).toString("latin1", 0, 4);
  return { path, bytes, format: head === "PAR1" ? "parquet" : "txt" };
}

async function filesIn(folder: string, format: InputFormat | undefined): Promise<FoundInputs> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    throw new InputError(`${folder} cannot be listed: ${String(thrown)}`, "Check its permissions.", { cause: thrown });
  });
  const names = new Set(entries.map(({ name }) => name));
  const known = entries.flatMap((entry) => {
    const of = inputFormatOf(entry.name);
    return of && !entry.isDirectory() && !IGNORED.test(entry.name) && !isOutput(entry.name, names)
      ? [{ name: entry.name, format: of }]
      : [];
  });
  const main = format ?? INPUT_FORMATS.find((one) => known.some((file) => file.format === one));
  const files: InputFile[] = [];
  for (const file of known.filter((one) => one.format === main)) {
    const path = join(folder, file.name);
    const entry = await stat(path).catch(() => undefined);
    if (entry?.isFile()) files.push({ path, bytes: entry.size, format: file.format });
    else if (!entry) throw brokenLink(path);
  }
  if (files.length === 0) throw nothingIn(folder, entries, format);
  const others = format ? [] : known.filter((file) => file.format !== main).map(({ name }) => name);
  return { files, notices: otherFormatNotices(folder, main, others.sort()) };
}

/** Sidecars have other columns than a list, and a folder may be list and output at once. */
function isOutput(name: string, names: ReadonlySet<string>): boolean {
  return OUTPUT_FILE.test(name) || (/^\d+\.parquet$/.test(name) && names.has(name.replace(".parquet", "_stats.json")));
}

function nothingIn(folder: string, entries: readonly Dirent[], format: InputFormat | undefined): InputError {
  const names = entries.map(({ name }) => name);
  const sign = names.find((name) => name === "_prep" || /^\d{5,}_stats\.json$/.test(name));
  if (sign !== undefined) {
    return new InputError(
      `${folder} is the output of an earlier run, not a list (it holds ${sign})`,
      names.includes("partitions")
        ? `Name ${join(folder, "partitions")} to download its selection.`
        : "Name the list that it was made from.",
    );
  }
  if (names.some((name) => /\.crc$/i.test(name)) && !names.some((name) => !IGNORED.test(name))) {
    return new InputError(
      `${folder} holds only .crc files`,
      "The .crc files are Spark's checksums; the data files beside them are missing: fetch those.",
    );
  }
  const isNested = entries.some((entry) => entry.isDirectory() && !IGNORED.test(entry.name));
  return new InputError(
    `${folder} holds no ${format ?? "parquet, csv, tsv, jsonl, json or txt"} file`,
    isNested ? `Folders below it are not searched; name them, or a glob: '${folder}/*/*.parquet'.` : "Check the folder and --input-format.",
  );
}

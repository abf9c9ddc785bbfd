// The table of output formats. A new format is one file in `formats/` and one row here.
import { OutputError } from "../core/errors.ts";
import { dummy } from "./formats/dummy.ts";
import { files } from "./formats/files.ts";
import { parquet } from "./formats/parquet.ts";
import { tfrecord } from "./formats/tfrecord.ts";
import { webdataset } from "./formats/webdataset.ts";
import type { OutputFormat } from "./output-format.ts";

/** All output formats by the value of `--output-format`, which is img2dataset's name for each. */
export const OUTPUT_FORMATS = { webdataset, files, parquet, tfrecord, dummy } satisfies Readonly<Record<string, OutputFormat>>;

/** The value of `--output-format`. */
export type OutputFormatName = keyof typeof OUTPUT_FORMATS;

/** The names of all output formats, in the order in which the help shows them. */
export const OUTPUT_FORMAT_NAMES = Object.keys(OUTPUT_FORMATS) as OutputFormatName[];

/** The format of this name. Throws OutputError for a name of a later version. */
export function outputFormat(name: OutputFormatName): OutputFormat {
  const format: OutputFormat | undefined = OUTPUT_FORMATS[name];
  if (!format)
    throw new OutputError(`this version does not know the output format ${name}`, "Use the version of prep that made the output.");
  return format;
}

/** Whether a format stores samples at all. */
export function storesSamples(name: OutputFormatName): boolean {
  return outputFormat(name).ending !== undefined;
}

/** Names of the formats that store a sample as members with extensions of their own. */
export function formatsWithMembers(): OutputFormatName[] {
  return OUTPUT_FORMAT_NAMES.filter((name) => outputFormat(name).hasMembers);
}

/** The format of a shard by the ending of its path; a path without a known ending is a folder of files. */
export function formatOfPath(path: string): OutputFormat {
  const all = OUTPUT_FORMAT_NAMES.map(outputFormat);
  const found = all.find(({ ending }) => ending && path.endsWith(ending)) ?? all.find(({ isFolder }) => isFolder);
  if (!found) throw new Error(`no output format has the file ${path}`);
  return found;
}

/** A shard that was found under the name that a format gives it. */
export interface FoundShard {
  readonly format: OutputFormatName;
  /** Its file or folder in the output. */
  readonly file: string;
}

/**
 * Finds the shard of a number whose format no plan tells, because img2dataset wrote it. Formats without a sidecar come
 * last, since their shards are called like the sidecars of others. Undefined if there is none.
 */
export async function findShard(number: string, isThere: (file: string) => boolean | Promise<boolean>): Promise<FoundShard | undefined> {
  const ordered = [true, false].flatMap((hasSidecar) => OUTPUT_FORMAT_NAMES.filter((name) => outputFormat(name).hasSidecar === hasSidecar));
  for (const format of ordered) {
    const { ending } = outputFormat(format);
    if (ending !== undefined && (await isThere(number + ending))) return { format, file: number + ending };
  }
  return undefined;
}

/** Names that a shard of img2dataset has if `sizes.json` lists it. */
export function filesListedForOpenClip(number: string): string[] {
  return OUTPUT_FORMAT_NAMES.map(outputFormat).flatMap(({ ending, isListedForOpenClip }) =>
    isListedForOpenClip && ending !== undefined ? [number + ending] : [],
  );
}

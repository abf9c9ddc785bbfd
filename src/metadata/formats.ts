// The table of input formats: endings, layout, gzip, and the searches that find them.

/** How a file holds its rows. Each layout has one SQL reader (`read-files.ts`); text layouts also have a TextReader (`text/`). */
export type Layout = "parquet" | "delimited" | "objects" | "urls";

interface FormatRow {
  /** The word of `--input-format`, as in img2dataset. */
  readonly name: string;
  /** Endings of file names, without the dot, in lower case. */
  readonly endings: readonly string[];
  readonly layout: Layout;
  /** Text is converted to parquet before a download, and may be gzipped. */
  readonly isText: boolean;
  /** Whether a search for metadata takes such files from a folder. A download takes every format from a folder. */
  readonly isMetadata: boolean;
  /** What separates the fields of a line. */
  readonly delimiter?: string;
  /** Whether every line holds exactly one JSON object; otherwise the head of the file tells. */
  readonly isObjectPerLine?: boolean;
  /** The name of the only column of a file without names. */
  readonly onlyColumn?: string;
  /** What a readable file must hold, for hints. */
  readonly rule?: string;
}

const NAMES_FIRST = "Its first line must name the columns.";
const OBJECTS = "It must hold JSON objects, one a line or in an array.";

/**
 * Every input format. Where a folder mixes formats, the first one here that it holds is read. A `.json` file beside
 * metadata is rarely metadata, and a `.txt` file has no columns, so only downloads take them from folders.
 */
const FORMATS = [
  { name: "parquet", endings: ["parquet"], layout: "parquet", isText: false, isMetadata: true },
  { name: "csv", endings: ["csv"], layout: "delimited", isText: true, isMetadata: true, delimiter: ",", rule: NAMES_FIRST },
  { name: "tsv", endings: ["tsv"], layout: "delimited", isText: true, isMetadata: true, delimiter: "\t", rule: NAMES_FIRST },
  {
    name: "jsonl",
    endings: ["jsonl", "ndjson"],
    layout: "objects",
    isText: true,
    isMetadata: true,
    isObjectPerLine: true,
    rule: OBJECTS,
  },
  { name: "json", endings: ["json"], layout: "objects", isText: true, isMetadata: false, rule: OBJECTS },
  { name: "txt", endings: ["txt"], layout: "urls", isText: true, isMetadata: false, onlyColumn: "url" },
] as const satisfies readonly FormatRow[];

const ENDING = /\.([a-z]+)(\.gz)?$/i;

/** The name of an input format. */
export type InputFormat = (typeof FORMATS)[number]["name"];

/** The name of a text format. */
export type TextFormat = Extract<(typeof FORMATS)[number], { readonly isText: true }>["name"];

/** A layout of text. */
export type TextLayout = Extract<(typeof FORMATS)[number], { readonly isText: true }>["layout"];

/** The names of all input formats; the first one that a folder holds is its main format. */
export const INPUT_FORMATS: readonly InputFormat[] = FORMATS.map(({ name }) => name);

/** The words that `--input-format` accepts: each text format also with `.gz`, which changes nothing. */
export const INPUT_FORMAT_CHOICES: readonly string[] = FORMATS.flatMap(({ name, isText }) => (isText ? [name, `${name}.gz`] : [name]));

/** The formats that a search for metadata takes from a folder, in words: `parquet, csv or tsv` or alike. */
export const METADATA_FORMATS: string = listInWords(FORMATS.filter((row) => row.isMetadata).map(({ name }) => name));

/** All input formats in words. */
export const FORMAT_NAMES: string = listInWords(INPUT_FORMATS);

/** The facts of a format. */
export function formatFacts(name: InputFormat): FormatRow {
  return FORMATS.find((row) => row.name === name) ?? FORMATS[0];
}

/** Whether a format is text. */
export function isTextFormat(name: InputFormat): name is TextFormat {
  return formatFacts(name).isText;
}

/** The format that the ending of a file name tells; undefined if it tells none. */
export function formatByName(path: string): InputFormat | undefined {
  return rowByName(path)?.name;
}

/** The format of a metadata file by its name. A name without a known ending counts as parquet, and the file is checked later. */
export function metadataFormat(path: string): InputFormat {
  return formatByName(path) ?? "parquet";
}

/** The layout of a metadata file by its name. */
export function layoutOf(path: string): Layout {
  return formatFacts(metadataFormat(path)).layout;
}

/** Whether a metadata file is text, by its name. */
export function isTextFile(path: string): boolean {
  return isTextFormat(metadataFormat(path));
}

/** Whether a search for metadata takes a file of this name from a folder. */
export function isMetadataName(name: string): boolean {
  return rowByName(name)?.isMetadata === true;
}

/** The part of a folder's metadata files that has the main layout: the first one in the table that the folder holds. */
export function withMainLayout<T extends { readonly path: string }>(files: readonly T[]): T[] {
  const main = FORMATS.find(({ layout }) => files.some(({ path }) => layoutOf(path) === layout))?.layout;
  return files.filter(({ path }) => layoutOf(path) === main);
}

/** The ending that tells a file's format, with the dot and `.gz`, as the name has it; undefined if it tells none. */
export function formatEnding(path: string): string | undefined {
  return rowByName(path) ? ENDING.exec(path)?.[0] : undefined;
}

/** Whether a file name says that the file is gzipped. */
export function isGzipName(path: string): boolean {
  return /\.gz$/i.test(path);
}

function rowByName(path: string): (typeof FORMATS)[number] | undefined {
  const [, ending = "", packed] = ENDING.exec(path) ?? [];
  const word = ending.toLowerCase();
  const row = FORMATS.find(({ endings }) => (endings as readonly string[]).includes(word));
  return packed !== undefined && row && !row.isText ? undefined : row;
}

function listInWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

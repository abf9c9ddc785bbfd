// Between the files and the view: which format a file has, by its name, and the table function that reads it.
import { quoteList } from "../sql/text.ts";

/** The formats of metadata. */
export type MetadataFormat = "parquet" | "csv" | "jsonl" | "txt";

/** The formats of a list to download, under img2dataset's names; each text one may be gzipped. */
export const INPUT_FORMATS = ["parquet", "csv", "tsv", "jsonl", "json", "txt"] as const;

/** One of them. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** One that is turned into parquet before its rows are downloaded. */
export type TextFormat = Exclude<InputFormat, "parquet">;

const ENDINGS: readonly (readonly [RegExp, MetadataFormat])[] = [
  [/\.(csv|tsv)(\.gz)?$/i, "csv"],
  [/\.(jsonl|ndjson|json)(\.gz)?$/i, "jsonl"],
  [/\.txt(\.gz)?$/i, "txt"],
];

/** The format that a list's name tells; undefined where it tells none. */
export function inputFormatOf(path: string): InputFormat | undefined {
  const ending = /\.(parquet|csv|tsv|jsonl|ndjson|json|txt)(\.gz)?$/i.exec(path);
  const word = ending?.[1]?.toLowerCase();
  if (word === "parquet") return ending?.[2] ? undefined : word;
  return word === "ndjson" ? "jsonl" : INPUT_FORMATS.find((format) => format === word);
}

/** The format of a file by its name; what has no known ending is taken for parquet and must prove it. */
export function formatOf(path: string): MetadataFormat {
  return ENDINGS.find(([ending]) => ending.test(path))?.[1] ?? "parquet";
}

/** Whether a file of this name may be metadata when it is met in a folder; a lone `.json` beside data rarely is. */
export function isReadable(name: string): boolean {
  return /\.(parquet|((csv|tsv|jsonl|ndjson)(\.gz)?))$/i.test(name);
}

/** Of what a folder holds, the files of its main format: parquet where there is any, else csv, else jsonl. */
export function mainFormat<T extends { readonly path: string }>(files: readonly T[]): T[] {
  const formats: readonly MetadataFormat[] = ["parquet", "csv", "jsonl"];
  const main = formats.find((format) => files.some(({ path }) => formatOf(path) === format));
  return files.filter(({ path }) => formatOf(path) === main);
}

/** The table function over an explicit list of files of one format: what appears in a folder later is not read. */
export function readFiles(paths: readonly string[], options: { readonly unionByName: boolean; readonly hive: boolean }): string {
  const list = quoteList(paths);
  // Types of key=value folders stay text: guessed ones would change with the values that happen to be there.
  const hive = options.hive ? "hive_partitioning = true, hive_types_autocast = false" : "hive_partitioning = false";
  switch (formatOf(paths[0] ?? "")) {
    case "csv":
      // Types come from 20,480 rows a file; a later value of another type is an error that names its line.
      return `read_csv(${list}, union_by_name = true, ${hive})`;
    case "jsonl":
      return `read_json(${list}, union_by_name = true, ${hive})`;
    case "txt":
      // A control character that no URL has as the delimiter makes a column of the whole line, commas and quotes included.
      return `(FROM read_csv(${list}, columns = {'url': 'VARCHAR'}, delim = e'\\x01', quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, ${hive}) WHERE trim(url) <> '')`;
    default:
      return `read_parquet(${list}, union_by_name = ${options.unionByName}, ${hive})`;
  }
}

// The folder of real pictures that the slow tests and the benches use: PREP_CORPUS, by default ../shared/corpus.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** One file of the corpus, as its manifest says. */
export interface CorpusFile {
  readonly name: string;
  /** Such as `jpeg`, `jpeg-prog`, `png-rgba`, `html`. */
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** Where the corpus is, or undefined where there is none; under CI its absence is an error. */
export function corpusFolder(): string | undefined {
  const folder = resolve(process.env["PREP_CORPUS"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "corpus"));
  if (existsSync(join(folder, "manifest.tsv"))) return folder;
  if (process.env["CI"]) throw new Error(`no corpus in ${folder}; name one with PREP_CORPUS`);
  return undefined;
}

/** The files of a corpus by its manifest: name, kind, width, height, bytes, quality. */
export function corpusFiles(folder: string): CorpusFile[] {
  return readFileSync(join(folder, "manifest.tsv"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("\t"))
    .map(([name = "", kind = "", width, height, bytes]) => ({
      name,
      kind,
      width: Number(width),
      height: Number(height),
      bytes: Number(bytes),
    }));
}

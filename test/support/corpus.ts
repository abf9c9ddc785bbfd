// The folder of real pictures for slow tests and benches: PREP_CORPUS, or ../shared/corpus.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A file of the corpus, as its manifest describes it. */
export interface CorpusFile {
  readonly name: string;
  /** For instance `jpeg`, `jpeg-prog`, `png-rgba`, `html`. */
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** Path of the corpus; undefined if there is none, which with CI set is an error. */
export function corpusFolder(): string | undefined {
  const folder = resolve(process.env["PREP_CORPUS"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "corpus"));
  if (existsSync(join(folder, "manifest.tsv"))) return folder;
  if (process.env["CI"]) throw new Error(`no corpus in ${folder}; name one with PREP_CORPUS`);
  return undefined;
}

/** Lists the files of a corpus from its manifest.tsv. */
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

// Generates metadata of every data set for tests of shipped queries, and reads its rows.
import { join } from "node:path";
import type { MetadataLayout } from "../../../src/demo/layouts.ts";
import { writeMetadata } from "../../../src/demo/write-metadata.ts";
import type { Database } from "../../../src/sql/database.ts";
import { quoteList } from "../../../src/sql/text.ts";

/** Data sets, named as in the comments of the queries. */
export const LAYOUT_OF: Readonly<Record<string, MetadataLayout>> = {
  "LAION-400M": "original",
  "LAION joined": "joined",
  "LAION multi joined": "multi",
  "LAION aesthetic v1": "aesthetic-v1",
  "LAION aesthetics v2": "aesthetics-v2",
  "Re-LAION": "relaion",
  COYO: "coyo",
  DataComp: "datacomp",
};

/** A row with canonical names, read from the files by the names of its own data set. */
export interface Row {
  readonly url: string | null;
  readonly caption: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly punsafe: number | null;
  readonly pwatermark: number | null;
  readonly similarity: number | null;
  readonly aesthetic: number | null;
  readonly language: string | null;
  readonly nsfw: string | null;
  readonly l14: number | null;
}

/** The columns of each data set, written independently of src/, which must find the same. */
const NAMES: Readonly<Record<string, Partial<Record<keyof Row, string>>>> = {
  "LAION-400M": { url: "URL", caption: "TEXT", width: "HEIGHT", height: "WIDTH", similarity: "similarity", nsfw: "NSFW" },
  ...Object.fromEntries(
    ["LAION joined", "LAION multi joined", "LAION aesthetic v1", "LAION aesthetics v2"].map((name) => [
      name,
      {
        ...{ url: "URL", caption: "TEXT", width: "WIDTH", height: "HEIGHT", similarity: "similarity", punsafe: "punsafe" },
        ...{ pwatermark: "pwatermark", language: "LANGUAGE", aesthetic: name.endsWith("v2") ? "AESTHETIC_SCORE" : "aesthetic" },
      },
    ]),
  ),
  "Re-LAION": {
    ...{ url: "url", caption: "caption", width: "original_width", height: "original_height", similarity: "similarity" },
    ...{ punsafe: "punsafe", pwatermark: "pwatermark" },
  },
  COYO: {
    ...{ url: "url", caption: "text", width: "width", height: "height", similarity: "clip_similarity_vitb32" },
    ...{ punsafe: "nsfw_score_opennsfw2", pwatermark: "watermark_score", aesthetic: "aesthetic_score_laion_v2" },
  },
  DataComp: {
    ...{ url: "url", caption: "text", width: "original_width", height: "original_height" },
    ...{ similarity: "clip_b32_similarity_score", l14: "clip_l14_similarity_score" },
  },
};

/** Writes a data set's metadata into its own folder and returns the files. */
export async function writeDataSet(database: Database, folder: string, name: string, rows: number): Promise<string[]> {
  const layout = LAYOUT_OF[name];
  if (layout === undefined) throw new Error(`no layout for ${name}`);
  return writeMetadata(database, { directory: join(folder, layout), rows, files: 1, seed: "queries", layout });
}

/** All rows of a data set's files. */
export async function readRows(database: Database, name: string, files: readonly string[]): Promise<Row[]> {
  const names = NAMES[name] ?? {};
  const keys: readonly (keyof Row)[] = ["url", "caption", "width", "height", "punsafe", "pwatermark", "similarity", "aesthetic", "language", "nsfw", "l14"]; // biome-ignore format: one list, one line
  const rows = await database.rows(`FROM read_parquet(${quoteList(files)})`);
  return rows.map((row) => {
    const value = (key: keyof Row) => {
      const found = row[names[key] ?? ""];
      return found === undefined ? null : typeof found === "bigint" ? Number(found) : found;
    };
    return Object.fromEntries(keys.map((key) => [key, value(key)])) as unknown as Row;
  });
}

/** A text that tells rows apart. */
export function keyOf({ url, caption, width, height }: Pick<Row, "url" | "caption" | "width" | "height">): string {
  return JSON.stringify([url, caption, width === null ? null : Number(width), height === null ? null : Number(height)]);
}

// Maps the source columns of files to canonical names: url, caption, width and so on.
import type { ColumnType } from "../../sql/database.ts";
import { predictionMeaning, recogniseDataset } from "./recognise-dataset.ts";

/** Names that mean the same in every data set, in the order of the view. */
export const CANONICAL_NAMES = [
  "url",
  "caption",
  "width",
  "height",
  "punsafe",
  "pwatermark",
  "similarity",
  "aesthetic",
  "language",
  "hash",
] as const;

/** One of these names. */
export type CanonicalName = (typeof CANONICAL_NAMES)[number];

/** Whether to exchange width and height: if the data set is known to swap them, always, or never. */
export type SwappedSizes = "auto" | "yes" | "no";

/** A canonical column and its source. */
export interface CanonicalColumn {
  readonly canonical: CanonicalName;
  /** The column's name in the files. */
  readonly source: string;
  /** Why this column, if its name does not say so. */
  readonly note?: string;
}

/** A source column that is renamed because a canonical column has its name. */
export interface DisplacedColumn {
  /** Its name in the view. */
  readonly name: string;
  /** Its name in the files. */
  readonly source: string;
  /** The canonical column with the same values, if any. */
  readonly sameAs?: CanonicalName;
}

/** A column of the view that is another name of a canonical column. */
export interface AliasColumn {
  readonly name: string;
  readonly canonical: CanonicalName;
}

/** What the columns of some files mean. */
export interface Resolution {
  /** The data set, if it was recognised. */
  readonly dataset?: string;
  readonly canonical: readonly CanonicalColumn[];
  readonly displaced: readonly DisplacedColumn[];
  readonly aliases: readonly AliasColumn[];
  /** Source columns that keep their name and have no canonical meaning. */
  readonly plain: readonly string[];
  readonly notices: readonly string[];
}

/** Other names of canonical columns, best first, in lower case. */
const OTHER_NAMES: Readonly<Record<CanonicalName, readonly string[]>> = {
  url: ["image_urls"],
  caption: ["text", "alt", "captions", "top_caption", "eng text"],
  width: ["original_width"],
  height: ["original_height"],
  punsafe: ["nsfw_score_opennsfw2", "nsfw_score_gantman"],
  pwatermark: ["watermark_score"],
  similarity: ["clip_b32_similarity_score", "clip_similarity_vitb32", "clip_l14_similarity_score", "clip_similarity_vitl14"],
  aesthetic: ["aesthetic_score", "aesthetic_score_laion_v2"],
  language: [],
  hash: [],
};

/** The column that holds captions, by its name; undefined if none does. It is `caption` in the view `metadata`. */
export function captionColumn(names: readonly string[]): string | undefined {
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  return ["caption", ...OTHER_NAMES.caption].map((name) => byName.get(name)).find((name) => name !== undefined);
}

/**
 * What the columns of similar files mean. `path` is one of the files, because its name tells some data sets apart. `marked`
 * files are partitions that prep made: they are canonical already, so nothing in them is displaced or exchanged.
 */
export function resolveColumns(
  columns: readonly ColumnType[],
  context: { readonly path: string; readonly marked: boolean; readonly swappedSizes: SwappedSizes },
): Resolution {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const dataset = context.marked ? undefined : recogniseDataset(new Set(byName.keys()), context.path);
  const notices = [...(dataset?.notices ?? [])];
  const sources = new Map<CanonicalName, CanonicalColumn>();
  for (const canonical of CANONICAL_NAMES) {
    const source = [canonical, ...OTHER_NAMES[canonical]].map((name) => byName.get(name)).find((column) => column !== undefined);
    if (source) sources.set(canonical, { canonical, source: source.name });
  }
  const prediction = byName.get("prediction");
  if (prediction) assignPrediction(prediction.name, sources, context.path, notices);
  if (!context.marked) {
    preferOriginalSizes(byName, sources, notices);
    if (context.swappedSizes === "yes" || (context.swappedSizes === "auto" && dataset?.swappedSizes)) swapSizes(sources, notices);
  }
  const nsfw = byName.get("nsfw");
  if (nsfw && !sources.has("punsafe")) {
    notices.push(
      `${nsfw.name} is a word, not a score, so there is no punsafe: filter by lower(${nsfw.name}) = 'unlikely', and decide about NULL`,
    );
  }
  const name = context.marked ? "partitions of an earlier run" : dataset?.name;
  return { ...(name === undefined ? {} : { dataset: name }), ...classify(columns, sources), notices };
}

/** `prediction` is a safety score in some tables and an aesthetics score in others. The other columns tell, or the file's name. */
function assignPrediction(source: string, sources: Map<CanonicalName, CanonicalColumn>, path: string, notices: string[]): void {
  const safety = sources.has("punsafe");
  const aesthetic = sources.has("aesthetic");
  if (safety && aesthetic) return;
  const meaning = safety ? "aesthetic" : aesthetic ? "punsafe" : predictionMeaning(path);
  if (meaning === undefined) {
    notices.push(`${source} may be a safety or an aesthetics score, and nothing tells which: use it in the query as ${source}`);
  } else if (!sources.has(meaning)) {
    const why = safety ? "punsafe is another column" : aesthetic ? "aesthetic is another column" : "by the file's name";
    sources.set(meaning, { canonical: meaning, source, note: why });
    notices.push(`${source} is used as ${meaning} (${why})`);
  }
}

/** If a file has both sizes, `width` is that of a resized copy. */
function preferOriginalSizes(
  byName: ReadonlyMap<string, ColumnType>,
  sources: Map<CanonicalName, CanonicalColumn>,
  notices: string[],
): void {
  const width = byName.get("original_width");
  const height = byName.get("original_height");
  if (!width || !height) return;
  const resized = byName.has("width") || byName.has("height");
  const note = resized ? "the picture's own size" : undefined;
  sources.set("width", { canonical: "width", source: width.name, ...(note ? { note } : {}) });
  sources.set("height", { canonical: "height", source: height.name, ...(note ? { note } : {}) });
  if (resized)
    notices.push(
      "width and height are the pictures' own (original_width, original_height); those of the resized copies are source_width and source_height",
    );
}

function swapSizes(sources: Map<CanonicalName, CanonicalColumn>, notices: string[]): void {
  const width = sources.get("width");
  const height = sources.get("height");
  if (!width || !height) return;
  const note = "swapped";
  sources.set("width", { canonical: "width", source: height.source, note });
  sources.set("height", { canonical: "height", source: width.source, note });
  notices.push("width and height are swapped in these files and corrected here (--swapped-sizes no keeps them as they are)");
}

/** Sorts every source column into canonical, displaced, alias or plain. */
function classify(
  columns: readonly ColumnType[],
  sources: ReadonlyMap<CanonicalName, CanonicalColumn>,
): Pick<Resolution, "canonical" | "displaced" | "aliases" | "plain"> {
  const canonical = CANONICAL_NAMES.flatMap((name) => sources.get(name) ?? []);
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const displaced: DisplacedColumn[] = [];
  const aliases: AliasColumn[] = [];
  const plain: string[] = [];
  for (const { name } of columns) {
    const wanted = canonical.find((column) => column.canonical === name.toLowerCase());
    const used = canonical.find((column) => column.source === name);
    if (wanted === undefined) {
      if (used) aliases.push({ name, canonical: used.canonical });
      else plain.push(name);
    } else if (wanted.source !== name) {
      let displacedName = `source_${name}`;
      while (taken.has(displacedName.toLowerCase())) displacedName = `source_${displacedName}`;
      taken.add(displacedName.toLowerCase());
      displaced.push({ name: displacedName, source: name, ...(used ? { sameAs: used.canonical } : {}) });
    }
  }
  return { canonical, displaced, aliases, plain };
}

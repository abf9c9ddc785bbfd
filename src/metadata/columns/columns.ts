// The heart of the view `metadata`: which source column is the url, the caption, the width ... of one kind of file.
import type { ColumnType } from "../../sql/database.ts";
import { predictionMeaning, recogniseDataset } from "./datasets.ts";

/** Names that mean the same in every data set, in the order in which the view shows them. */
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

export type CanonicalName = (typeof CANONICAL_NAMES)[number];

/** Whether width and height are exchanged: where the data set is known for it, always, never. */
export type SwappedSizes = "auto" | "yes" | "no";

/** A canonical column and where it comes from. */
export interface CanonicalColumn {
  readonly canonical: CanonicalName;
  /** The column's name in the files. */
  readonly source: string;
  /** Why it is this one, where the name does not say so. */
  readonly note?: string;
}

/** A source column that lost its name to a canonical one. */
export interface DisplacedColumn {
  readonly name: string;
  readonly source: string;
  /** The canonical column that has the same values, if any. */
  readonly sameAs?: CanonicalName;
}

/** A column of the view that is only another name of a canonical one. */
export interface AliasColumn {
  readonly name: string;
  readonly canonical: CanonicalName;
}

/** What the columns of some files mean. */
export interface Resolution {
  readonly dataset?: string;
  readonly canonical: readonly CanonicalColumn[];
  readonly displaced: readonly DisplacedColumn[];
  readonly aliases: readonly AliasColumn[];
  /** Source columns that keep their name and mean nothing canonical. */
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

/** The column among these that holds captions, by its name: the one that `caption` is in the view `metadata`. */
export function captionColumn(names: readonly string[]): string | undefined {
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  return ["caption", ...OTHER_NAMES.caption].map((name) => byName.get(name)).find((name) => name !== undefined);
}

/**
 * The meaning of the columns of files that are alike. `path` is one of them: its name tells some data sets apart.
 * Files that carry our mark are canonical already: nothing in them is displaced or exchanged.
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
    if (context.swappedSizes === "yes" || (context.swappedSizes === "auto" && dataset?.swappedSizes)) exchangeSizes(sources, notices);
  }
  const nsfw = byName.get("nsfw");
  if (nsfw && !sources.has("punsafe")) {
    notices.push(
      `${nsfw.name} is a word, not a score, so there is no punsafe: filter by lower(${nsfw.name}) = 'unlikely', and decide on NULL`,
    );
  }
  const name = context.marked ? "partitions of an earlier run" : dataset?.name;
  return { ...(name === undefined ? {} : { dataset: name }), ...sortOut(columns, sources), notices };
}

/** Safety in one table and aesthetics in another: the columns beside it tell, else the file's name. */
function assignPrediction(source: string, sources: Map<CanonicalName, CanonicalColumn>, path: string, notices: string[]): void {
  const safety = sources.has("punsafe");
  const aesthetic = sources.has("aesthetic");
  if (safety && aesthetic) return;
  const meaning = safety ? "aesthetic" : aesthetic ? "punsafe" : predictionMeaning(path);
  if (meaning === undefined) {
    notices.push(`${source} can be a safety or an aesthetics score and nothing here tells which: name it in the query as ${source}`);
  } else if (!sources.has(meaning)) {
    const why = safety ? "punsafe is beside it" : aesthetic ? "aesthetic is beside it" : "by the file's name";
    sources.set(meaning, { canonical: meaning, source, note: why });
    notices.push(`${source} is taken for ${meaning} (${why})`);
  }
}

/** Where both sizes are there, `width` is that of a resized copy. */
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
      "width and height are those of the pictures (original_width, original_height); the resized ones are source_width and source_height",
    );
}

function exchangeSizes(sources: Map<CanonicalName, CanonicalColumn>, notices: string[]): void {
  const width = sources.get("width");
  const height = sources.get("height");
  if (!width || !height) return;
  const note = "exchanged";
  sources.set("width", { canonical: "width", source: height.source, note });
  sources.set("height", { canonical: "height", source: width.source, note });
  notices.push(`width and height are exchanged in these files and corrected here (--swapped-sizes no leaves them as they are)`);
}

/** Every source column gets its place: canonical, displaced, another name, or as it is. */
function sortOut(
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

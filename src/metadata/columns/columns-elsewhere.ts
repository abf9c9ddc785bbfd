// Knows the columns of published data sets, so that errors can say which set has a missing column.
import { resolveColumns } from "./canonical.ts";

/** A published data set and the columns in its files, read from the footers of its published parquet files. */
export interface PublishedColumns {
  /** Its name in the comments of the shipped queries. */
  readonly name: string;
  readonly columns: readonly string[];
}

const SCORES = ["similarity", "hash", "pwatermark", "punsafe"];
const JOINED = ["URL", "TEXT", "WIDTH", "HEIGHT", ...SCORES];

/** Data sets that people filter. Variants with fewer columns are left out. */
export const PUBLISHED_COLUMNS: readonly PublishedColumns[] = [
  { name: "LAION-400M", columns: ["SAMPLE_ID", "URL", "TEXT", "HEIGHT", "WIDTH", "LICENSE", "NSFW", "similarity"] },
  { name: "LAION joined", columns: JOINED },
  { name: "LAION multi joined", columns: [...JOINED, "LANGUAGE"] },
  { name: "LAION aesthetic v1", columns: [...JOINED, "aesthetic"] },
  { name: "LAION aesthetics v2", columns: [...JOINED, "AESTHETIC_SCORE"] },
  {
    name: "Re-LAION",
    columns: [
      ...["url", "caption", ...SCORES, "key", "status", "error_message", "width", "height"],
      ...["original_width", "original_height", "exif", "md5"],
    ],
  },
  {
    name: "COYO",
    columns: [
      ...["id", "url", "text", "width", "height", "image_phash", "text_length", "word_count", "num_tokens_bert", "num_tokens_gpt"],
      ...["num_faces", "clip_similarity_vitb32", "clip_similarity_vitl14", "nsfw_score_opennsfw2", "nsfw_score_gantman"],
      ...["watermark_score", "aesthetic_score_laion_v2"],
    ],
  },
  {
    name: "DataComp",
    columns: [
      ...["uid", "url", "text", "original_width", "original_height", "clip_b32_similarity_score", "clip_l14_similarity_score"],
      ...["face_bboxes", "sha256"],
    ],
  },
];

/** Names that a query over a data set can use: canonical names and its own, in lower case. */
export function usableColumns({ columns }: PublishedColumns): Set<string> {
  const types = columns.map((name) => ({ name, type: "VARCHAR" }));
  const { canonical } = resolveColumns(types, { path: "", marked: false, swappedSizes: "auto" });
  return new Set([...columns.map((name) => name.toLowerCase()), ...canonical.map((column) => column.canonical)]);
}

/** The published data sets whose view has this column, whatever its case. */
export function datasetsWith(column: string): string[] {
  return PUBLISHED_COLUMNS.filter((set) => usableColumns(set).has(column.toLowerCase())).map(({ name }) => name);
}

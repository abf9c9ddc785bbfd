// Columns of the published data sets, by name, order and type, for the demo's metadata.
import { bits, quantile, unit } from "./hash-sql.ts";
import { aesthetic, punsafe, pwatermark, signed, similarity } from "./score-sql.ts";
import { normalPair } from "./size-sql.ts";

/**
 * `joined` is laion2B-en-joined, `multi` laion2B-multi-joined, `original` laion2B-en as published, with width and height swapped.
 * `wide` has the scores of both and one more. The others are named after their data sets.
 */
export type MetadataLayout = "joined" | "multi" | "original" | "wide" | "aesthetic-v1" | "aesthetics-v2" | "relaion" | "coyo" | "datacomp";

const LICENSE = `CASE ${bits("h_tags", 32, 8)} WHEN 0 THEN '' WHEN 1 THEN 'https://creativecommons.org/licenses/by/4.0/' ELSE '?' END AS "LICENSE"`;
const NSFW = `CASE WHEN ${bits("h_tags", 8, 10)} < 950 THEN 'UNLIKELY' WHEN ${bits("h_tags", 8, 10)} < 1000 THEN 'UNSURE'
  WHEN ${bits("h_tags", 8, 10)} < 1015 THEN 'NSFW' WHEN ${bits("h_tags", 8, 10)} < 1020 THEN '' END AS "NSFW"`;
const SAMPLE_ID = `(${signed("h_hash")} // 3000000) AS "SAMPLE_ID"`;
const SIMILARITY = `${similarity("h_similarity")} AS similarity`;
const HASH = `${signed("h_hash")} AS hash`;
const PWATERMARK = `${pwatermark("h_scores")} AS pwatermark`;
const PUNSAFE = `${punsafe("h_unsafe")} AS punsafe`;

const NORMAL = normalPair("h_tags").first;
const JOINED = [`"URL"`, `"TEXT"`, `"WIDTH"`, `"HEIGHT"`, SIMILARITY, HASH, PWATERMARK, PUNSAFE];
// Shares of languages in laion2B-multi, below each code; the rest counts as one language.
const LANGUAGES = [["ru", 0.106], ["fr", 0.18], ["de", 0.246], ["es", 0.312], ["zh", 0.375], ["ja", 0.432], ["vi", 0.453]] as const; // biome-ignore format: one table, one line
const LANGUAGE = `CASE WHEN ${bits("h_tags", 20, 10)} < 5 THEN NULL ${LANGUAGES.map(([code, below]) => `WHEN ${unit("h_third", 32)} < ${below} THEN '${code}'`).join(" ")} ELSE 'en' END AS "LANGUAGE"`;
// Shares by unit of the score in laion2B-en-aesthetic.
const V1_POINTS = [[0, 0], [0.0012, 1], [0.013, 2], [0.0811, 3], [0.2699, 4], [0.5723, 5], [0.8495, 6], [0.9747, 7], [0.9984, 8], [1, 9]] as const; // biome-ignore format: one table, one line
const V1 = `(${quantile(unit("h_tags", 0), V1_POINTS)})::FLOAT`;
const V2 = aesthetic(NORMAL);
const COSINE = `${similarity("h_similarity")}`;

/** The columns of each layout. */
export const LAYOUTS: Readonly<Record<MetadataLayout, readonly string[]>> = {
  joined: JOINED,
  multi: [`"URL"`, `"TEXT"`, `"WIDTH"`, `"HEIGHT"`, SIMILARITY, LANGUAGE, HASH, PWATERMARK, PUNSAFE],
  original: [SAMPLE_ID, `"URL"`, `"TEXT"`, `"WIDTH" AS "HEIGHT"`, `"HEIGHT" AS "WIDTH"`, LICENSE, NSFW, SIMILARITY],
  wide: [
    ...[SAMPLE_ID, `"URL"`, `"TEXT"`, `"HEIGHT"`, `"WIDTH"`, LICENSE, NSFW, SIMILARITY, HASH, PWATERMARK, PUNSAFE],
    `${V2} AS "AESTHETIC_SCORE"`,
  ],
  "aesthetic-v1": [...JOINED, `${V1} AS aesthetic`],
  "aesthetics-v2": [
    ...[`"URL"`, `"TEXT"`, `"WIDTH"::DOUBLE AS "WIDTH"`, `"HEIGHT"::DOUBLE AS "HEIGHT"`, SIMILARITY, PUNSAFE, PWATERMARK],
    ...[`${V2} AS "AESTHETIC_SCORE"`, HASH, "row AS __index_level_0__"],
  ],
  relaion: [
    ...[
      `"URL" AS url`,
      `"TEXT" AS caption`,
      SIMILARITY,
      HASH,
      PWATERMARK,
      PUNSAFE,
      "lpad(row::VARCHAR, 10, '0') AS key",
      "'success' AS status",
    ],
    ...["NULL::VARCHAR AS error_message", `least("WIDTH", 384) AS width`, `least("HEIGHT", 384) AS height`],
    ...[`"WIDTH" AS original_width`, `"HEIGHT" AS original_height`, "'{}' AS exif", "md5(row::VARCHAR) AS md5"],
  ],
  coyo: [
    ...["row AS id", `"URL" AS url`, `"TEXT" AS text`, `"WIDTH" AS width`, `"HEIGHT" AS height`, "hex(h_tags) AS image_phash"],
    ...[`length("TEXT")::INTEGER AS text_length`, `len(string_split("TEXT", ' '))::INTEGER AS word_count`],
    ...["8::INTEGER AS num_tokens_bert", "9::INTEGER AS num_tokens_gpt", "0::INTEGER AS num_faces"],
    ...[`(${COSINE})::FLOAT AS clip_similarity_vitb32`, `(${COSINE} - 0.08)::FLOAT AS clip_similarity_vitl14`],
    ...[`${punsafe("h_unsafe")} AS nsfw_score_opennsfw2`, `${punsafe("h_second")} AS nsfw_score_gantman`],
    ...[`${pwatermark("h_scores")} AS watermark_score`, `${V2} AS aesthetic_score_laion_v2`],
  ],
  datacomp: [
    ...["md5(row::VARCHAR) AS uid", `"URL" AS url`, `"TEXT" AS text`, `"WIDTH"::BIGINT AS original_width`],
    ...[`"HEIGHT"::BIGINT AS original_height`, `(${COSINE} - 0.06)::FLOAT AS clip_b32_similarity_score`],
    ...[`(0.2 + 0.06 * ${normalPair("h_similarity").first})::FLOAT AS clip_l14_similarity_score`, "[]::DOUBLE[][] AS face_bboxes"],
    "sha256(row::VARCHAR) AS sha256",
  ],
};

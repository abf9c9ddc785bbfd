// One row of every published data set as its files have it, and what the view shows.
import { expect } from "vitest";

/** A row of an original set, with width and height swapped. */
export const LAION_400M = `SELECT 1::BIGINT AS SAMPLE_ID, 'u' AS URL, 't' AS TEXT, 640 AS HEIGHT, 480 AS WIDTH, '?' AS LICENSE, 'UNLIKELY' AS NSFW, 0.3 AS similarity`;
/** A row of a set with the scores joined. */
export const JOINED = `SELECT 'u' AS URL, 't' AS TEXT, 640 AS WIDTH, 480 AS HEIGHT, 0.3 AS similarity, 7::BIGINT AS hash, 0.1::FLOAT AS pwatermark, 0.2::FLOAT AS punsafe`;
/** A row of Re-LAION. */
export const RELAION = `SELECT 'u' AS url, 't' AS caption, 0.3 AS similarity, 7::BIGINT AS hash, 0.1::FLOAT AS pwatermark, 0.2::FLOAT AS punsafe, 'k' AS key,
  'success' AS status, '' AS error_message, 256 AS width, 192 AS height, 640 AS original_width, 480 AS original_height, '{}' AS exif, 'aa' AS md5`;
const SCORES = { punsafe: expect.closeTo(0.2), pwatermark: expect.closeTo(0.1) };

/** Each published set: a row, its canonical names, its name in the view and its notice. */
export const DATASETS: readonly {
  readonly dataset: string;
  readonly path?: string;
  readonly select: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly aliases: readonly string[];
  readonly notice?: RegExp;
}[] = [
  {
    dataset: "LAION-400M or an original laion2B/1B set",
    select: LAION_400M,
    row: { url: "u", caption: "t", width: 640, height: 480, source_WIDTH: 480, source_HEIGHT: 640, SAMPLE_ID: 1n, NSFW: "UNLIKELY" },
    aliases: ["TEXT", "source_HEIGHT", "source_WIDTH"],
    notice: /swapped/,
  },
  {
    dataset: "LAION-400M",
    path: "laion400m/part-0.parquet",
    select: LAION_400M,
    row: { width: 640 },
    aliases: ["TEXT", "source_HEIGHT", "source_WIDTH"],
    notice: /successor is laion\/relaion400m/,
  },
  {
    dataset: "laion2B-multi (original)",
    select: LAION_400M.replace("'UNLIKELY'", "'en' AS LANGUAGE, 'UNLIKELY'"),
    row: { width: 640, language: "en" },
    aliases: ["TEXT", "source_HEIGHT", "source_WIDTH"],
    notice: /NSFW is a word, not a score/,
  },
  { dataset: "laion2B/1B-joined", select: JOINED, row: { caption: "t", width: 640, height: 480, hash: 7n, ...SCORES }, aliases: ["TEXT"] },
  {
    dataset: "laion2B-en-joined",
    path: "part-00000-4cfd6e30-f032-46ee-9105-8696034a8373-c000.snappy.parquet",
    select: JOINED,
    row: { width: 640 },
    aliases: ["TEXT"],
    notice: /withdrew.*relaion2B-en-research-safe/,
  },
  {
    dataset: "Re-LAION-5B research or LAION-5B md5",
    select: RELAION,
    row: { caption: "t", width: 640, height: 480, source_width: 256, source_height: 192, original_width: 640, ...SCORES },
    aliases: ["original_height", "original_width"],
    notice: /resized/,
  },
  {
    dataset: "laion2B-en-md5",
    path: "laion2B-en-md5/part-0.parquet",
    select: RELAION,
    row: { width: 640 },
    aliases: ["original_height", "original_width"],
    notice: /withdrew/,
  },
  {
    dataset: "laion-high-resolution or laion2B-multi-joined",
    select: `SELECT *, 'en' AS LANGUAGE FROM (${JOINED})`,
    row: { language: "en" },
    aliases: ["TEXT"],
  },
  { dataset: "LAION aesthetic v1", select: `SELECT *, 7.5 AS aesthetic FROM (${JOINED})`, row: { aesthetic: 7.5 }, aliases: ["TEXT"] },
  {
    dataset: "laion-art or laion2B-multi-aesthetic",
    select: `SELECT *, 8.5 AS aesthetic, 'en' AS LANGUAGE FROM (${JOINED})`,
    row: { aesthetic: 8.5 },
    aliases: ["TEXT"],
  },
  {
    dataset: "LAION aesthetics v2",
    select: `SELECT * REPLACE (WIDTH::DOUBLE AS WIDTH, HEIGHT::DOUBLE AS HEIGHT), 5.5 AS AESTHETIC_SCORE, 0::BIGINT AS __index_level_0__ FROM (${JOINED})`,
    row: { aesthetic: 5.5, width: 640, __index_level_0__: 0n },
    aliases: ["AESTHETIC_SCORE", "TEXT"],
  },
  {
    dataset: "laion-coco",
    select: `SELECT *, 'g' AS top_caption, ['g'] AS all_captions, [0.1] AS all_similarities FROM (${JOINED})`,
    row: { caption: "t", top_caption: "g" },
    aliases: ["TEXT"],
    notice: /top_caption AS caption/,
  },
  {
    dataset: "laion2B-multi/1B-nolang translated",
    select: `SELECT *, 'e' AS "ENG TEXT", 'fr' AS LANGUAGE, 5.5 AS prediction FROM (${JOINED})`,
    row: { caption: "t", "ENG TEXT": "e", aesthetic: 5.5, prediction: 5.5, ...SCORES },
    aliases: ["TEXT", "prediction"],
    notice: /prediction is used as aesthetic/,
  },
  {
    dataset: "COYO-700M",
    select: `SELECT 1::BIGINT AS id, 'u' AS url, 't' AS text, 640 AS width, 480 AS height, 'p' AS image_phash, 0.31 AS clip_similarity_vitb32, 0.29 AS clip_similarity_vitl14,
      0.2 AS nsfw_score_opennsfw2, 0.25 AS nsfw_score_gantman, 0.1 AS watermark_score, 4.7 AS aesthetic_score_laion_v2`,
    row: { caption: "t", width: 640, similarity: 0.31, aesthetic: 4.7, nsfw_score_gantman: 0.25, ...SCORES },
    aliases: ["aesthetic_score_laion_v2", "clip_similarity_vitb32", "nsfw_score_opennsfw2", "text", "watermark_score"],
    notice: /other models/,
  },
  {
    dataset: "DataComp / CommonPool",
    select: `SELECT 'a' AS uid, 'u' AS url, 't' AS text, 640::BIGINT AS original_width, 480::BIGINT AS original_height, 0.31::FLOAT AS clip_b32_similarity_score,
      0.2::FLOAT AS clip_l14_similarity_score, [[0.1]] AS face_bboxes, 'ff' AS sha256`,
    row: { caption: "t", width: 640n, height: 480n, similarity: expect.closeTo(0.31), sha256: "ff" },
    aliases: ["clip_b32_similarity_score", "original_height", "original_width", "text"],
  },
  {
    dataset: "CC12M-like (URL and caption only)",
    select: "SELECT 'u' AS url, 't' AS caption",
    row: { url: "u", caption: "t" },
    aliases: [],
  },
  { dataset: "cc2dataset", select: "SELECT 'x' AS uid, 'u' AS url, 't' AS alt", row: { caption: "t" }, aliases: ["alt"] },
  {
    dataset: "a LAION tag table",
    path: "safety/part-0.parquet",
    select: "SELECT 7::BIGINT AS hash, 0.2 AS prediction",
    row: { hash: 7n, punsafe: 0.2 },
    aliases: ["prediction"],
    notice: /by the file's name/,
  },
];

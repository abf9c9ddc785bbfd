// The shipped queries again in plain TypeScript, as an independent check.
import { getDomain, getHostname } from "tldts";
import type { Row } from "./data-sets.ts";

/** The rows that a query keeps, given the values of its variables. */
export type Recipe = (rows: readonly Row[], variables: Readonly<Record<string, number | string>>) => readonly Row[];

/** A recipe, and variables with which a small data set keeps some rows and loses others. */
export interface Expectation {
  readonly recipe: Recipe;
  readonly defaults: Readonly<Record<string, number | string>>;
  readonly other: Readonly<Record<string, number | string>>;
}

type Key = "punsafe" | "pwatermark" | "similarity" | "aesthetic" | "width" | "height" | "l14";
const has = (row: Row, key: Key, test: (value: number) => boolean): boolean => {
  const value = row[key];
  return value !== null && test(value);
};
const number = (value: number | string | undefined): number => Number(value);
const each =
  (test: (row: Row, variables: Readonly<Record<string, number | string>>) => boolean): Recipe =>
  (rows, variables) =>
    rows.filter((row) => test(row, variables));
const above = (key: Key, row: Row, limit: number | string | undefined) => has(row, key, (value) => value > number(limit));
const atLeast = (key: Key, row: Row, limit: number | string | undefined) => has(row, key, (value) => value >= number(limit));
const below = (key: Key, row: Row, limit: number | string | undefined) => has(row, key, (value) => value < number(limit));
const atMost = (key: Key, row: Row, limit: number | string | undefined) => has(row, key, (value) => value <= number(limit));
const sides = (row: Row, limit: number | string | undefined) => atLeast("width", row, limit) && atLeast("height", row, limit);
const ratio = (row: Row) => (row.width && row.height ? row.width / row.height : undefined);
const words = (caption: string) => caption.match(/[^\t\n\f\r ]+/g)?.length ?? 0;
const shape = (row: Row, most: number) => {
  const value = ratio(row);
  return value !== undefined && Math.max(value, 1 / value) <= most;
};
const onePerUrl = (rows: readonly Row[]): Row[] => {
  const best = new Map<string, Row>();
  for (const row of rows) {
    const known = best.get(row.url ?? "");
    if (!known || (row.similarity ?? -9) > (known.similarity ?? -9)) best.set(row.url ?? "", row);
  }
  return [...best.values()];
};
const sd2 = { max_punsafe: 0.1, min_aesthetic: 4.5 };
const v2 = each((row, v) => below("punsafe", row, v["max_punsafe"]) && atLeast("aesthetic", row, v["min_aesthetic"]));
const v2Sized = each((row, v) => v2([row], v).length > 0 && sides(row, v["min_size"]));
const scored = each(
  (row, v) => sides(row, v["min_size"]) && below("punsafe", row, v["max_punsafe"]) && below("pwatermark", row, v["max_pwatermark"]),
);
const beautiful = each(
  (row, v) =>
    above("aesthetic", row, v["min_aesthetic"]) && below("punsafe", row, v["max_punsafe"]) && below("pwatermark", row, v["max_pwatermark"]),
);
const fits = each((row, v) => atLeast("similarity", row, v["min_similarity"]));
const STOCK = "123rf.com,alamy.com,depositphotos.com,dreamstime.com,gettyimages.com,istockphoto.com,shutterstock.com";

/** Recipes by the query's name. `join-safety-watermark` has its own test. */
export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  all: { recipe: each((row) => row.url !== null), defaults: {}, other: {} },
  "seed-1024": { recipe: each((row, v) => sides(row, v["min_size"])), defaults: { min_size: 1024 }, other: { min_size: 300 } },
  "high-resolution": {
    recipe: scored,
    defaults: { min_size: 1024, max_punsafe: 0.5, max_pwatermark: 0.8 },
    other: { min_size: 400, max_punsafe: 0.01 },
  },
  aesthetic: { recipe: beautiful, defaults: { min_aesthetic: 7, max_punsafe: 0.5, max_pwatermark: 0.8 }, other: { min_aesthetic: 4.8 } },
  "laion-art": { recipe: beautiful, defaults: { min_aesthetic: 8, max_punsafe: 0.5, max_pwatermark: 0.8 }, other: { min_aesthetic: 5.1 } },
  "finetune-clean": {
    recipe: beautiful,
    defaults: { min_aesthetic: 5.5, max_punsafe: 0.5, max_pwatermark: 0.1 },
    other: { min_aesthetic: 4.7 },
  },
  safe: {
    recipe: each((row, v) => below("punsafe", row, v["max_punsafe"])),
    defaults: { max_punsafe: 0.5 },
    other: { max_punsafe: 0.001 },
  },
  "no-watermark": {
    recipe: each((row, v) => below("punsafe", row, v["max_punsafe"]) && below("pwatermark", row, v["max_pwatermark"])),
    defaults: { max_punsafe: 0.5, max_pwatermark: 0.8 },
    other: { max_pwatermark: 0.3 },
  },
  "sd-v1-2": {
    recipe: each((row, v) => beautiful([row], v).length > 0 && sides(row, v["min_size"])),
    defaults: { min_aesthetic: 5, min_size: 512, max_pwatermark: 0.5, max_punsafe: 0.5 },
    other: { min_size: 200 },
  },
  "sd-v2-base": { recipe: v2, defaults: sd2, other: { min_aesthetic: 4 } },
  "sd-v2-512": { recipe: v2Sized, defaults: { ...sd2, min_size: 512 }, other: { min_size: 300 } },
  "sd-v2-768": { recipe: v2Sized, defaults: { ...sd2, min_size: 768 }, other: { min_size: 300 } },
  "sd-v2-1": {
    recipe: each(
      (row, v) => atMost("punsafe", row, v["max_punsafe"]) && atLeast("aesthetic", row, v["min_aesthetic"]) && sides(row, v["min_size"]),
    ),
    defaults: { max_punsafe: 0.98, min_aesthetic: 4.5, min_size: 512 },
    other: { min_aesthetic: 4.9 },
  },
  "sd-x4-upscaler": {
    recipe: each(
      (row, v) => above("width", row, v["min_size"]) && above("height", row, v["min_size"]) && below("punsafe", row, v["max_punsafe"]),
    ),
    defaults: { min_size: 2048, max_punsafe: 0.5 },
    other: { min_size: 500 },
  },
  "relaion-safe": {
    recipe: each((row, v) => atMost("punsafe", row, v["max_punsafe"])),
    defaults: { max_punsafe: 0.45 },
    other: { max_punsafe: 0.01 },
  },
  "relaion-research": {
    recipe: each(
      (row, v) =>
        row.punsafe !== null &&
        !(row.punsafe > number(v["max_punsafe"]) && (row.caption === null || new RegExp(String(v["words"]), "i").test(row.caption))),
    ),
    defaults: { max_punsafe: 0.95, words: "" },
    other: { max_punsafe: 0.0001, words: "red|photo" },
  },
  "laion400m-unlikely": { recipe: each((row) => row.nsfw?.toLowerCase() === "unlikely"), defaults: {}, other: {} },
  "datacomp-basic": {
    recipe: each(
      (row, v) =>
        row.caption !== null &&
        words(row.caption) > number(v["min_words"]) &&
        [...row.caption].length > number(v["min_length"]) &&
        sides(row, v["min_size"]) &&
        shape(row, number(v["max_aspect"])),
    ),
    defaults: { min_words: 2, min_length: 5, min_size: 200, max_aspect: 3 },
    other: { min_words: 7, max_aspect: 1.5 },
  },
  "datacomp-clip-l14-30": {
    recipe: (rows, v) => {
      const scores = rows.flatMap(({ l14 }) => (l14 === null ? [] : [l14])).sort((left, right) => left - right);
      const limit = scores[Math.max(0, Math.ceil(scores.length * (1 - number(v["share"]))) - 1)];
      return rows.filter((row) => atLeast("l14", row, limit));
    },
    defaults: { share: 0.3 },
    other: { share: 0.6 },
  },
  "datacomp-laion2b": { recipe: fits, defaults: { min_similarity: 0.28 }, other: { min_similarity: 0.25 } },
  "datacomp-clip-b32-25": { recipe: fits, defaults: { min_similarity: 0.25 }, other: { min_similarity: 0.28 } },
  "lcm-distill": {
    recipe: each(
      (row, v) => sides(row, v["min_size"]) && atMost("pwatermark", row, v["max_pwatermark"]) && below("punsafe", row, v["max_punsafe"]),
    ),
    defaults: { min_size: 1024, max_pwatermark: 0.5, max_punsafe: 0.5 },
    other: { min_size: 512 },
  },
  "coyo-build": {
    recipe: each(
      (row, v) =>
        row.caption !== null &&
        words(row.caption) >= number(v["min_words"]) &&
        [...row.caption].length >= 6 &&
        [...row.caption].length <= 1000 &&
        sides(row, v["min_size"]) &&
        shape(row, number(v["max_aspect"])) &&
        atMost("punsafe", row, v["max_punsafe"]),
    ),
    defaults: { min_size: 200, max_aspect: 3, max_punsafe: 0.5, min_words: 3 },
    other: { min_words: 8 },
  },
  "coyo-clean": {
    recipe: each((row, v) => v2([row], v).length > 0 && below("pwatermark", row, v["max_pwatermark"])),
    defaults: { max_pwatermark: 0.5, min_aesthetic: 5, max_punsafe: 0.5 },
    other: { min_aesthetic: 4.5 },
  },
  "relaion-384": { recipe: scored, defaults: { min_size: 384, max_punsafe: 0.1, max_pwatermark: 0.5 }, other: { min_size: 256 } },
  "strict-quality": {
    recipe: (rows, v) =>
      onePerUrl(
        rows.filter((row) => {
          const value = ratio(row);
          const length = row.caption === null ? 0 : [...row.caption].length;
          return (
            v2([row], v).length > 0 &&
            below("pwatermark", row, v["max_pwatermark"]) &&
            atLeast("similarity", row, v["min_similarity"]) &&
            sides(row, v["min_size"]) &&
            value !== undefined &&
            value >= 0.5 &&
            value <= 2 &&
            length >= 20 &&
            length <= 300
          );
        }),
      ),
    defaults: { min_aesthetic: 6.5, min_similarity: 0.28, min_size: 512, max_pwatermark: 0.5, max_punsafe: 0.5 },
    other: { min_aesthetic: 4, min_size: 200 },
  },
  language: {
    recipe: each(
      (row, v) => row.language?.toLowerCase() === String(v["language"]).toLowerCase() && below("punsafe", row, v["max_punsafe"]),
    ),
    defaults: { language: "vi", max_punsafe: 0.5 },
    other: { language: "RU" },
  },
  "caption-subject": {
    recipe: each(
      (row, v) => scored([row], v).length > 0 && row.caption !== null && new RegExp(`\\b(${v["words"]})\\b`, "i").test(row.caption),
    ),
    defaults: { words: "cats?|kittens?", min_size: 256, max_punsafe: 0.5, max_pwatermark: 0.5 },
    other: { words: "red|bicycle|photo|the", min_size: 100 },
  },
  "no-stock": {
    recipe: each((row, v) => {
      const domain =
        row.url === null ? null : getDomain(getHostname(row.url.split(/[?#]/, 1)[0] ?? "") ?? "", { allowPrivateDomains: false });
      return domain !== null && !String(v["domains"]).split(",").includes(domain) && below("punsafe", row, v["max_punsafe"]);
    }),
    defaults: { domains: STOCK, max_punsafe: 0.5 },
    other: { domains: "pinhouse.example,stockbay.example" },
  },
  "high-similarity": {
    recipe: each(
      (row, v) =>
        above("similarity", row, v["min_similarity"]) &&
        below("punsafe", row, v["max_punsafe"]) &&
        below("pwatermark", row, v["max_pwatermark"]),
    ),
    defaults: { min_similarity: 0.29, max_pwatermark: 0.8, max_punsafe: 0.5 },
    other: { min_similarity: 0.33 },
  },
  "dedup-url": { recipe: (rows) => onePerUrl(rows.filter(({ url }) => url !== null)), defaults: {}, other: {} },
};

// The SELECT that profiles metadata in one pass, with aggregates of bounded size.
import type { ColumnType } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";
import { QUANTILES } from "./profile.ts";

/** A number to profile. `isUsable` and `bin` are SQL over a value `v`. */
export interface NumberSpec {
  readonly name: string;
  /** The column of the view that it comes from, in lower case. */
  readonly column: string;
  /** SQL of the number, given SQL of the column. */
  readonly value: (column: string) => string;
  /** Which values count. */
  readonly isUsable: string;
  /** The whole number of the bin that a value lies in. */
  readonly bin: string;
  /** The lower end of a bin. */
  readonly edge: (bin: number) => number;
}

const asNumber = (column: string) => `TRY_CAST(${column} AS DOUBLE)`;
// Sizes have two bins for each doubling, scores have equal steps. Values far outside fall into the first or last bin; there are at most 4,000 bins.
const LOGARITHMIC = { bin: "floor(log2(v) * 2)", edge: (bin: number) => 2 ** (bin / 2) };
const steps = (count: number) => ({
  // NULL has no bin, but least(NULL, 50) is 50.
  bin: `CASE WHEN v IS NOT NULL THEN floor(greatest(least(v, 1000 / ${count}), -1000 / ${count}) * ${count}) END`,
  edge: (bin: number) => bin / count,
});

/** The numbers to profile, in the order in which they are shown. */
export const NUMBERS: readonly NumberSpec[] = [
  { name: "width", column: "width", value: asNumber, isUsable: "v > 0 AND isfinite(v)", ...LOGARITHMIC },
  { name: "height", column: "height", value: asNumber, isUsable: "v > 0 AND isfinite(v)", ...LOGARITHMIC },
  { name: "similarity", column: "similarity", value: asNumber, isUsable: "isfinite(v)", ...steps(100) },
  { name: "punsafe", column: "punsafe", value: asNumber, isUsable: "isfinite(v)", ...steps(20) },
  { name: "pwatermark", column: "pwatermark", value: asNumber, isUsable: "isfinite(v)", ...steps(20) },
  { name: "aesthetic", column: "aesthetic", value: asNumber, isUsable: "isfinite(v)", ...steps(4) },
  { name: "caption length", column: "caption", value: (column) => `length(${column}::VARCHAR)`, isUsable: "v > 0", ...LOGARITHMIC },
];

/** How many hosts are named. */
const TOP_HOSTS = 20;
/** Counters in one row of the count-min sketch. With 4,096, a host's count is too high by about 0.02 % of all rows before correction. */
export const SKETCH_WIDTH = 4096;
/** SQL of the counter of a host in each row of the sketch. */
export const SKETCH_ROWS = [`(hash(host) & ${SKETCH_WIDTH - 1})::INTEGER`, `((hash(host) >> 32) & ${SKETCH_WIDTH - 1})::INTEGER`] as const;

const EXTENSIONS = ["jpg", "jpeg", "jfif", "png", "gif", "webp", "avif", "heic", "bmp", "tif", "tiff", "svg", "ico", "php", "aspx", "html"];
/** The text after the last dot of a URL's path. RE2 takes several times as long to find it by one expression. */
const LAST_PART = `string_split(CASE WHEN contains(sampled_link, '?') OR contains(sampled_link, '#') THEN regexp_extract(sampled_link, '^[^?#]*') ELSE sampled_link END, '.')[-1]`;
const EXTENSION = `CASE WHEN sampled_link IS NULL THEN NULL WHEN NOT regexp_matches(sampled_link, '^[A-Za-z]+://[^/?#]+/') THEN '(none)'
  WHEN last_part IN (${EXTENSIONS.map((extension) => `'${extension}'`).join(", ")}) THEN last_part
  WHEN regexp_full_match(last_part, '[a-z0-9]{1,5}') THEN '(other)' ELSE '(none)' END`;

const IS_OTHER_SCHEME = `CASE WHEN starts_with(link, 'http://') OR starts_with(link, 'https://') THEN false ELSE NOT regexp_matches(link, '^\\s*https?://', 'i') END`;

/** Which part of the rows is used where a sample suffices. */
export interface Sampling {
  /** One in this many URLs is counted. */
  readonly urls: number;
  /** One in this many rows counts for quantiles, hosts and extensions, which cost more than everything else together. */
  readonly rows: number;
}

/** The numbers that these columns have. */
export function numbersOf(columns: readonly ColumnType[]): readonly NumberSpec[] {
  return NUMBERS.filter(({ column }) => columns.some(({ name }) => name.toLowerCase() === column));
}

/** The SELECT over the view `metadata` with these columns. It needs the macro url_host. */
export function profileSelect(columns: readonly ColumnType[], sampling: Sampling): string {
  const numbers = numbersOf(columns);
  const place = (name: string) => columns.findIndex((column) => column.name.toLowerCase() === name);
  const has = (name: string) => place(name) >= 0;
  const at = (name: string) => `c_${place(name)}`;
  const aggregates = [
    "count(*) AS rows",
    `count(${sampled("true")}) AS sampled_rows`,
    `[${columns.map((_, index) => `count(c_${index})`).join(", ")}] AS counts`,
    ...numbers.map(
      ({ bin, column }, index) => `{
      values: count(v_${index}), unusable: count(${at(column)}) - count(v_${index}), minimum: min(v_${index}), maximum: max(v_${index}),
      sampled: count(${sampled(`v_${index}`)}), quantiles: ${quantiles(sampled(`v_${index}`))},
      bins: histogram(${bin.replaceAll(/\bv\b/g, `v_${index}`)}::INTEGER)} AS number_${index}`,
    ),
    ...(has("url")
      ? [
          `count(DISTINCT CASE WHEN hash(link) % ${sampling.urls} = 0 THEN link END) AS sampled_urls`,
          `count_if(${IS_OTHER_SCHEME}) AS other_schemes`,
          `approx_top_k(host, ${TOP_HOSTS}) AS hosts`,
          ...SKETCH_ROWS.map((counter, row) => `histogram(${counter}) AS sketch_${row}`),
          `histogram(${EXTENSION}) AS formats`,
        ]
      : []),
    ...(has("language")
      ? [
          `histogram(CASE WHEN ${at("language")} IS NULL THEN NULL
            WHEN regexp_full_match(${at("language")}::VARCHAR, '[a-z]{2,3}(-Latn)?|nolang') THEN ${at("language")}::VARCHAR ELSE '(other)' END) AS languages`,
        ]
      : []),
  ];
  const derived = [
    ...usableNumbers(numbers, at),
    ...(has("url")
      ? [
          `${at("url")}::VARCHAR AS link`,
          `${sampled("link")} AS sampled_link`,
          `lower(${LAST_PART}) AS last_part`,
          "url_host(sampled_link) AS host",
        ]
      : []),
  ];
  // Random, not by a hash of the row, because a hash would take all copies of a row or none.
  const inSample = sampling.rows > 1 ? `random() < ${1 / sampling.rows}` : "true";
  // The user's columns are renamed, so that none collides with a name used here.
  const renamed = `SELECT ${inSample} AS in_sample, ${columns.map(({ name }, index) => `${quoteName(name)} AS c_${index}`).join(", ")} FROM metadata`;
  return `SELECT ${aggregates.join(",\n")}\nFROM (SELECT ${["*", ...derived].join(", ")} FROM (${renamed}))`;
}

/** The SELECT of quantiles from all rows, for numbers that are too rare in the sample. */
export function quantilesSelect(numbers: readonly NumberSpec[]): string {
  const aggregates = numbers.map((_, index) => `${quantiles(`v_${index}`)} AS number_${index}`);
  const renamed = `SELECT ${numbers.map(({ column }, index) => `${quoteName(column)} AS c_${index}`).join(", ")} FROM metadata`;
  const usable = usableNumbers(numbers, (column) => `c_${numbers.findIndex((number) => number.column === column)}`);
  return `SELECT ${aggregates.join(", ")} FROM (SELECT ${usable.join(", ")} FROM (${renamed}))`;
}

/** The value in sampled rows. FILTER would slice all columns for each aggregate, which costs more than the aggregates for small files. */
function sampled(value: string): string {
  return `CASE WHEN in_sample THEN ${value} END`;
}

function quantiles(value: string): string {
  return `approx_quantile(${value}, [${QUANTILES.join(", ")}])`;
}

/** `v_0`, `v_1` and so on: the numbers, NULL if they are not usable. */
function usableNumbers(numbers: readonly NumberSpec[], at: (column: string) => string): string[] {
  return [
    ...numbers.map(({ column, value }, index) => `${value(at(column))} AS raw_${index}`),
    ...numbers.map(
      ({ isUsable }, index) => `CASE WHEN ${isUsable.replaceAll(/\bv\b/g, `raw_${index}`)} THEN raw_${index} END AS v_${index}`,
    ),
  ];
}

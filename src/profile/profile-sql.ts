// The profile of metadata: the one SELECT that reads every row once, with aggregates of bounded size alone.
import type { ColumnType } from "../sql/database.ts";
import { quoteName } from "../sql/text.ts";
import { QUANTILES } from "./profile.ts";

/** A number to profile: its value, which values count, and the whole number of the bin that a value `v` lies in. */
export interface NumberSpec {
  readonly name: string;
  readonly column: string;
  readonly value: (column: string) => string;
  readonly isUsable: string;
  readonly bin: string;
  /** Where a bin begins. */
  readonly edge: (bin: number) => number;
}

const asNumber = (column: string) => `TRY_CAST(${column} AS DOUBLE)`;
// Two bins for each doubling; steps for scores. Whatever is far outside falls into the bins at both ends: 4,000 at most.
const LOGARITHMIC = { bin: "floor(log2(v) * 2)", edge: (bin: number) => 2 ** (bin / 2) };
const steps = (count: number) => ({
  // NULL has no bin, and least(NULL, 50) is 50.
  bin: `CASE WHEN v IS NOT NULL THEN floor(greatest(least(v, 1000 / ${count}), -1000 / ${count}) * ${count}) END`,
  edge: (bin: number) => bin / count,
});

/** In the order in which they are shown. */
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
/** Counters of one row of the count-min sketch: with 4,096 a host's count is about 0.02 % of all rows too high before correction. */
export const SKETCH_WIDTH = 4096;
/** The counters of a host in the sketch's two rows. */
export const SKETCH_ROWS = [`(hash(host) & ${SKETCH_WIDTH - 1})::INTEGER`, `((hash(host) >> 32) & ${SKETCH_WIDTH - 1})::INTEGER`] as const;

const EXTENSIONS = ["jpg", "jpeg", "jfif", "png", "gif", "webp", "avif", "heic", "bmp", "tif", "tiff", "svg", "ico", "php", "aspx", "html"];
/** What ends a URL's path behind its last dot; RE2 takes several times as long to find it by one expression. */
const LAST_PART = `string_split(CASE WHEN contains(sampled_link, '?') OR contains(sampled_link, '#') THEN regexp_extract(sampled_link, '^[^?#]*') ELSE sampled_link END, '.')[-1]`;
const EXTENSION = `CASE WHEN sampled_link IS NULL THEN NULL WHEN NOT regexp_matches(sampled_link, '^[A-Za-z]+://[^/?#]+/') THEN '(none)'
  WHEN last_part IN (${EXTENSIONS.map((extension) => `'${extension}'`).join(", ")}) THEN last_part
  WHEN regexp_full_match(last_part, '[a-z0-9]{1,5}') THEN '(other)' ELSE '(none)' END`;

const IS_OTHER_SCHEME = `CASE WHEN starts_with(link, 'http://') OR starts_with(link, 'https://') THEN false ELSE NOT regexp_matches(link, '^\\s*https?://', 'i') END`;

/** How much is looked at for what needs no more than a sample. */
export interface Sampling {
  /** One URL of so many is counted. */
  readonly urls: number;
  /** One row of so many counts for quantiles, hosts and extensions: those cost more than all the rest together. */
  readonly rows: number;
}

/** Those of NUMBERS that columns have. */
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
  // By chance and not by a hash of the row: rows that are equal must not all be in it or none.
  const inSample = sampling.rows > 1 ? `random() < ${1 / sampling.rows}` : "true";
  // No column of the user's keeps its name in here, so none can be taken for one of these.
  const renamed = `SELECT ${inSample} AS in_sample, ${columns.map(({ name }, index) => `${quoteName(name)} AS c_${index}`).join(", ")} FROM metadata`;
  return `SELECT ${aggregates.join(",\n")}\nFROM (SELECT ${["*", ...derived].join(", ")} FROM (${renamed}))`;
}

/** The SELECT of quantiles from all rows, of numbers that too few of the sampled ones had. */
export function quantilesSelect(numbers: readonly NumberSpec[]): string {
  const aggregates = numbers.map((_, index) => `${quantiles(`v_${index}`)} AS number_${index}`);
  const renamed = `SELECT ${numbers.map(({ column }, index) => `${quoteName(column)} AS c_${index}`).join(", ")} FROM metadata`;
  const usable = usableNumbers(numbers, (column) => `c_${numbers.findIndex((number) => number.column === column)}`);
  return `SELECT ${aggregates.join(", ")} FROM (SELECT ${usable.join(", ")} FROM (${renamed}))`;
}

/** The value in sampled rows. (FILTER would slice all columns for each aggregate, which takes longer than the aggregates where files are small.) */
function sampled(value: string): string {
  return `CASE WHEN in_sample THEN ${value} END`;
}

function quantiles(value: string): string {
  return `approx_quantile(${value}, [${QUANTILES.join(", ")}])`;
}

/** `v_0`, `v_1` ...: the numbers, NULL where they are not usable. */
function usableNumbers(numbers: readonly NumberSpec[], at: (column: string) => string): string[] {
  return [
    ...numbers.map(({ column, value }, index) => `${value(at(column))} AS raw_${index}`),
    ...numbers.map(
      ({ isUsable }, index) => `CASE WHEN ${isUsable.replaceAll(/\bv\b/g, `raw_${index}`)} THEN raw_${index} END AS v_${index}`,
    ),
  ];
}

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
  bin: `floor(greatest(least(v, 1000 / ${count}), -1000 / ${count}) * ${count})`,
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
const EXTENSION = `regexp_extract(url, '^[A-Za-z]+://[^/?#]+/[^?#]*\\.([A-Za-z0-9]{1,5})(?:[?#]|$)', 1)`;

/** The SELECT over the view `metadata` with these columns; one URL in `urlsPerSample` is counted exactly. It needs the macro url_host. */
export function profileSelect(columns: readonly ColumnType[], urlsPerSample: number): string {
  const has = (name: string) => columns.some((column) => column.name.toLowerCase() === name);
  const numbers = NUMBERS.filter(({ column }) => has(column));
  const counts = columns.map(({ name }) => `count(${quoteName(name)})`).join(", ");
  const derived = [
    ...numbers.map(({ column, value }, index) => `${value(quoteName(column))} AS raw_${index}`),
    ...numbers.map(
      ({ isUsable }, index) => `CASE WHEN ${isUsable.replaceAll(/\bv\b/g, `raw_${index}`)} THEN raw_${index} END AS v_${index}`,
    ),
    ...(has("url")
      ? ["url_host(url::VARCHAR) AS prep_host", `lower(${EXTENSION.replace("(url", "(url::VARCHAR")}) AS prep_extension`]
      : []),
  ];
  const aggregates = [
    "count(*) AS rows",
    `[${counts}] AS counts`,
    ...numbers.map(
      ({ bin, column }, index) => `{
      values: count(v_${index}), unusable: count(${quoteName(column)}) - count(v_${index}), minimum: min(v_${index}), maximum: max(v_${index}),
      quantiles: approx_quantile(v_${index}, [${QUANTILES.join(", ")}]),
      bins: histogram(${bin.replaceAll(/\bv\b/g, `v_${index}`)}::INTEGER)} AS number_${index}`,
    ),
    ...(has("url")
      ? [
          `count(DISTINCT CASE WHEN hash(url) % ${urlsPerSample} = 0 THEN url END) AS sampled_urls`,
          "count(*) FILTER (WHERE NOT regexp_matches(url::VARCHAR, '^\\s*https?://', 'i')) AS other_schemes",
          `approx_top_k(prep_host, ${TOP_HOSTS}) AS hosts`,
          ...SKETCH_ROWS.map((counter, row) => `histogram(${counter.replace("host", "prep_host")}) AS sketch_${row}`),
          `histogram(CASE WHEN url IS NULL THEN NULL WHEN prep_extension = '' THEN '(none)'
            WHEN prep_extension IN (${EXTENSIONS.map((extension) => `'${extension}'`).join(", ")}) THEN prep_extension ELSE '(other)' END) AS formats`,
        ]
      : []),
    ...(has("language")
      ? [
          `histogram(CASE WHEN language IS NULL THEN NULL WHEN regexp_full_match(language::VARCHAR, '[a-z]{2,3}(-Latn)?|nolang') THEN language::VARCHAR
            ELSE '(other)' END) AS languages`,
        ]
      : []),
  ];
  return `SELECT ${aggregates.join(",\n")}\nFROM (SELECT *${derived.length > 0 ? `, ${derived.join(", ")}` : ""} FROM metadata)`;
}

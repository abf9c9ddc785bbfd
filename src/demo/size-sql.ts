// SQL for widths and heights with LAION's quantiles and correlation.
import { bits, unit } from "./hash-sql.ts";

// Quantiles 0.05 ... 0.95 of laion2B-en. The tails reach the extremes that LAION and COYO have.
const WIDTHS = [132, 160, 180, 210, 225, 240, 262, 300, 309, 340, 400, 450, 480, 512, 600, 656, 760, 960, 1050];
const HEIGHTS = [125, 150, 166, 188, 208, 225, 250, 270, 300, 320, 350, 380, 418, 470, 500, 600, 672, 800, 1014];
const LOW_TAIL = [0.000001, 0.0001, 0.001, 0.01];
const HIGH_TAIL = [0.99, 0.999, 0.9999, 0.999999];
const WIDTH_TAILS = { low: [8, 30, 50, 85], high: [2000, 4200, 8000, 21_449] };
const HEIGHT_TAILS = { low: [8, 30, 50, 82], high: [1900, 3800, 7000, 18_849] };

// Correlation of the Gaussian copula. With snapping it gives the shares of rows with both sides >= 256, 512, 1024 that LAION
// reports.
const CORRELATION = 0.9;

const POPULAR_SIZES = [
  ...[100, 120, 128, 150, 160, 180, 200, 225, 240, 250, 300, 320, 350, 400, 450, 480, 500, 512, 600, 640, 700, 768, 800, 900, 960],
  ...[1000, 1024, 1080, 1200, 1280, 1500, 1600, 1920, 2000, 2048, 2560, 3000, 4000, 5000, 6000, 8000, 12_000, 20_000],
];

const GRID_LIMIT = 4.8;
const GRID_STEPS_PER_SIGMA = 32;
const SNAP_STEPS_PER_E = 64;

/** The lists that the expressions of this file read. They are columns of the one-row table beside the rows. */
export const SIZE_LISTS: Readonly<Record<string, string>> = {
  width_grid: `[${gridOf(WIDTHS, WIDTH_TAILS).join(",")}]::DOUBLE[]`,
  height_grid: `[${gridOf(HEIGHTS, HEIGHT_TAILS).join(",")}]::DOUBLE[]`,
  popular_sizes: `[${Array.from({ length: 11 * SNAP_STEPS_PER_E }, (_, step) => nearestPopular(Math.exp(step / SNAP_STEPS_PER_E))).join(",")}]`,
};

/** Expressions of two correlated standard normal numbers, from a hash (Box-Muller). */
export function normalPair(hash: string): { readonly first: string; readonly second: string } {
  const radius = `sqrt(-2 * ln((1 + (${hash} & 4294967295))::DOUBLE / 4294967296))`;
  const angle = `(2 * pi() * ${unit(hash, 32)})`;
  const other = Math.sqrt(1 - CORRELATION ** 2);
  return { first: `${radius} * cos(${angle})`, second: `${radius} * (${CORRELATION} * cos(${angle}) + ${other} * sin(${angle}))` };
}

/** The size in pixels at a normal number `z` (a column), from one of the grids, unsnapped and DOUBLE. */
export function sizeAt(grid: "width_grid" | "height_grid", z: string): string {
  const place = `((greatest(least(${z}, ${GRID_LIMIT - 0.05}), ${-GRID_LIMIT}) + ${GRID_LIMIT}) * ${GRID_STEPS_PER_SIGMA})`;
  const step = `floor(${place})::INTEGER`;
  return `(${grid}[${step} + 1] + (${grid}[${step} + 2] - ${grid}[${step} + 1]) * (${place} - floor(${place})))`;
}

/** A size as INTEGER. A third of the rows, chosen by 10 bits of `hash` at `shift`, get the nearest popular size. */
export function snapped(size: string, hash: string, shift: number): string {
  return `CASE WHEN ${bits(hash, shift, 10)} < 341 THEN popular_sizes[round(ln(${size}) * ${SNAP_STEPS_PER_E})::INTEGER + 1] ELSE ${size}::INTEGER END`;
}

function gridOf(middle: readonly number[], tails: { readonly low: readonly number[]; readonly high: readonly number[] }): string[] {
  const shares = [...LOW_TAIL, ...middle.map((_, index) => (index + 1) * 0.05), ...HIGH_TAIL];
  const knots = shares.map(normalQuantile);
  const logs = [...tails.low, ...middle, ...tails.high].map(Math.log);
  const steps = 2 * GRID_LIMIT * GRID_STEPS_PER_SIGMA;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const z = step / GRID_STEPS_PER_SIGMA - GRID_LIMIT;
    const after = Math.min(
      Math.max(
        knots.findIndex((knot) => knot >= z),
        0,
      ),
      knots.length,
    );
    const upper = z > (knots.at(-1) ?? 0) ? knots.length - 1 : Math.max(after, 1);
    const [fromZ = 0, toZ = 1, from = 0, to = 0] = [knots[upper - 1], knots[upper], logs[upper - 1], logs[upper]];
    const share = Math.min(Math.max((z - fromZ) / (toZ - fromZ), 0), 1);
    return Math.exp(from + (to - from) * share).toFixed(2);
  });
}

function normalQuantile(share: number): number {
  let [low, high] = [-7, 7];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

// Abramowitz and Stegun 26.2.17 has an error below 1e-7, too much for the tails here. The error of the series is negligible.
function normalShare(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; n < 200; n += 1) {
    term *= (z * z) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

function nearestPopular(size: number): number {
  return POPULAR_SIZES.reduce((best, popular) => (Math.abs(Math.log(popular / size)) < Math.abs(Math.log(best / size)) ? popular : best));
}

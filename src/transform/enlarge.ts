// Enlarges pixels as OpenCV does; libvips shifts them by half a pixel to the lower right.
import type { Pixels } from "./pixels.ts";
import type { Interpolation } from "./transform-options.ts";

/** A kernel's value at a distance in source pixels; it is 0 from `reach` on. */
interface Kernel {
  readonly reach: number;
  readonly weight: (distance: number) => number;
  /** The kernel's place in the source for a target pixel. By default the centres of the two pixels coincide. */
  readonly centre?: (target: number, from: number, to: number) => number;
}

const linear = (distance: number) => 1 - distance;
// OpenCV's INTER_CUBIC (Keys with a = -0.75) and INTER_LANCZOS4.
const KERNELS: Readonly<Record<Interpolation, Kernel>> = {
  nearest: { reach: 1, weight: linear, centre: (target, from, to) => Math.floor((target * from) / to) },
  linear: { reach: 1, weight: linear },
  area: { reach: 1, weight: linear, centre: areaCentre },
  cubic: {
    reach: 2,
    weight: (x) => (x <= 1 ? (1.25 * x - 2.25) * x * x + 1 : ((-0.75 * x + 3.75) * x - 6) * x + 3),
  },
  lanczos: { reach: 4, weight: (x) => sinc(x) * sinc(x / 4) },
};

/** Weights of the source pixels for each target pixel along one axis: `taps` weights from `first[target]` on. Edges are repeated. */
interface Axis {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** Enlarges to `width` x `height`, neither smaller than before. Pixel centres keep their place in the picture. */
export function enlarge(source: Pixels, width: number, height: number, interpolation: Interpolation): Pixels {
  const { channels } = source;
  if (width === source.width && height === source.height) return source;
  const kernel = KERNELS[interpolation];
  const wide = widen(source, axis(source.width, width, kernel), width);
  const { taps, first, weights } = axis(source.height, height, kernel);
  const stride = width * channels;
  const data = Buffer.alloc(height * stride);
  const row = new Float32Array(stride);
  for (let y = 0; y < height; y += 1) {
    row.fill(0.5);
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = weights[y * taps + tap] ?? 0;
      const from = clamp((first[y] ?? 0) + tap, source.height) * stride;
      for (let x = 0; x < stride; x += 1) row[x] = (row[x] ?? 0) + weight * (wide[from + x] ?? 0);
    }
    for (let x = 0; x < stride; x += 1) {
      const value = row[x] ?? 0;
      data[y * stride + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
  return { data, width, height, channels };
}

function widen({ data, width, height, channels }: Pixels, { taps, first, weights }: Axis, target: number): Float32Array {
  const wide = new Float32Array(height * target * channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < target; x += 1) {
      const to = (y * target + x) * channels;
      for (let tap = 0; tap < taps; tap += 1) {
        const weight = weights[x * taps + tap] ?? 0;
        const from = (y * width + clamp((first[x] ?? 0) + tap, width)) * channels;
        for (let channel = 0; channel < channels; channel += 1) {
          wide[to + channel] = (wide[to + channel] ?? 0) + weight * (data[from + channel] ?? 0);
        }
      }
    }
  }
  return wide;
}

/** OpenCV's INTER_AREA: a target pixel inside one source pixel copies it; one that lies across two mixes them. */
function areaCentre(target: number, from: number, to: number): number {
  const source = Math.floor((target * from) / to);
  return source + Math.max(0, target + 1 - ((source + 1) * to) / from);
}

function axis(from: number, to: number, { reach, weight, centre: centreOf = sameCentre }: Kernel): Axis {
  const taps = 2 * reach;
  const first = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let target = 0; target < to; target += 1) {
    const centre = centreOf(target, from, to);
    const start = Math.floor(centre) - reach + 1;
    first[target] = start;
    const values = Array.from({ length: taps }, (_, tap) => weight(Math.abs(start + tap - centre)));
    const sum = values.reduce((total, value) => total + value, 0);
    for (const [tap, value] of values.entries()) weights[target * taps + tap] = value / sum;
  }
  return { taps, first, weights };
}

function sameCentre(target: number, from: number, to: number): number {
  return ((target + 0.5) * from) / to - 0.5;
}

function clamp(place: number, length: number): number {
  return place < 0 ? 0 : place >= length ? length - 1 : place;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

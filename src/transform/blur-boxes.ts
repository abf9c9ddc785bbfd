// Blurs boxes of a scaled picture beyond recognition, as img2dataset does.
import type { BlurOptions } from "sharp";
import type { Box } from "./boxes.ts";
import { fromPixels, type Pixels, toPixels } from "./pixels.ts";

/** Share of a box's longer side by which it grows on every edge (img2dataset's). */
const GROWTH = 0.1;
/** Standard deviation of the blur, as a share of the longest side of all boxes (ImageNet's face obfuscation, 2021). */
const SIGMA_SHARE = 0.1;
/** A blur narrower than one pixel changes nothing. */
const MIN_SIGMA = 1;
/** A wider blur is made on a smaller copy, where it is only this wide. So the cost does not grow with the boxes. */
const WORKING_SIGMA = 4;

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Blurs every box, in place: the result has the given `data`. Each box blurs at least one pixel. The edges are soft. */
export async function blurBoxes(pixels: Pixels, boxes: readonly Box[]): Promise<Pixels> {
  if (boxes.length === 0) return pixels;
  const { data, width, height, channels } = pixels;
  const mask = Buffer.alloc(width * height);
  const areas = boxes.map((box) => areaOf(box, width, height));
  let longestSide = 0;
  for (const area of areas) {
    const side = Math.max(area.right - area.left, area.bottom - area.top);
    longestSide = Math.max(longestSide, side);
    fill(mask, width, grown(area, GROWTH * side, width, height));
  }
  const sigma = Math.max(MIN_SIGMA, SIGMA_SHARE * longestSide);
  const [blurred, softMask] = await Promise.all([blur(pixels, sigma), blur({ data: mask, width, height, channels: 1 }, sigma)]);
  // Only the surroundings fade. At corners, and in boxes much smaller than the longest, a soft mask would show the picture.
  for (const area of areas) fill(softMask.data, width, area);
  for (let at = 0, pixel = 0; pixel < width * height; pixel += 1) {
    const share = softMask.data[pixel] ?? 0;
    for (let channel = 0; channel < channels; channel += 1, at += 1) {
      if (share > 0) data[at] = Math.round(((data[at] ?? 0) * (255 - share) + (blurred.data[at] ?? 0) * share) / 255);
    }
  }
  return pixels;
}

/** The box in whole pixels, rounded outwards. */
function areaOf([left, top, right, bottom]: Box, width: number, height: number): Area {
  return {
    left: Math.floor(left * width),
    top: Math.floor(top * height),
    right: Math.ceil(right * width),
    bottom: Math.ceil(bottom * height),
  };
}

function grown({ left, top, right, bottom }: Area, by: number, width: number, height: number): Area {
  return {
    left: Math.max(0, Math.floor(left - by)),
    top: Math.max(0, Math.floor(top - by)),
    right: Math.min(width, Math.ceil(right + by)),
    bottom: Math.min(height, Math.ceil(bottom + by)),
  };
}

function fill(mask: Buffer, width: number, { left, top, right, bottom }: Area): void {
  for (let y = top; y < bottom; y += 1) mask.fill(255, y * width + left, y * width + right);
}

async function blur(pixels: Pixels, sigma: number): Promise<Pixels> {
  const { width, height, channels } = pixels;
  const isGrey = channels === 1;
  const factor = Math.max(1, sigma / WORKING_SIGMA);
  const small = { width: Math.max(1, Math.round(width / factor)), height: Math.max(1, Math.round(height / factor)) };
  const to = (size: { width: number; height: number }) => [size.width, size.height, { fit: "fill", kernel: "linear" }] as const;
  if (factor === 1) return await toPixels(fromPixels(pixels).blur(gaussian(sigma)), isGrey);
  const narrow = await toPixels(fromPixels(pixels).resize(...to(small)), isGrey);
  const blurred = await toPixels(fromPixels(narrow).blur(gaussian(WORKING_SIGMA)), isGrey);
  return await toPixels(fromPixels(blurred).resize(...to({ width, height })), isGrey);
}

/** sharp's default cuts the Gaussian at a fifth of its height, a tenth too narrow, and rounds its weights: grey 128 becomes 126 or 130. */
function gaussian(sigma: number): BlurOptions {
  return { sigma, precision: "float", minAmplitude: 0.01 };
}

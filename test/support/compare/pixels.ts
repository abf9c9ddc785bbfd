// Decodes two pictures with one decoder and measures how far their pixels are apart.
import sharp from "sharp";

/** How two stored pictures compare. */
export interface PixelComparison {
  readonly sizes: readonly [ours: string, peers: string];
  /** Whether sizes and the number of channels (grey or colour) agree. */
  readonly isSameShape: boolean;
  /** Peak signal-to-noise ratio over all channels, in dB: Infinity for equal pixels, NaN for different shapes. */
  readonly psnr: number;
}

/** Compares two pictures; rejects if one cannot be decoded to its last pixel. */
export async function comparePixels(ours: Buffer, peers: Buffer): Promise<PixelComparison> {
  const [left, right] = await Promise.all([decode(ours), decode(peers)]);
  const sizes = [sizeOf(left), sizeOf(right)] as const;
  const isSameShape = sizes[0] === sizes[1];
  return { sizes, isSameShape, psnr: isSameShape ? psnr(left.data, right.data) : Number.NaN };
}

/** 10 log10(255^2 / mean squared difference) of 8-bit values; throws if the lengths differ. */
export function psnr(left: Uint8Array, right: Uint8Array): number {
  if (left.length !== right.length) throw new Error(`${left.length} values against ${right.length}`);
  let sum = 0;
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    sum += difference * difference;
  }
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * left.length) / sum);
}

/** The middle value, or the mean of the two middle values; NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 || below === above ? above : (below + above) / 2;
}

async function decode(file: Buffer) {
  return await sharp(file, { failOn: "warning" }).raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
}

function sizeOf({ info }: Awaited<ReturnType<typeof decode>>): string {
  return `${info.width}x${info.height}x${info.channels}`;
}

// Pictures painted by sharp, and the options that most tests start from.
import sharp, { type Sharp } from "sharp";
import { DEFAULT_TRANSFORM_OPTIONS, type TransformOptions } from "../../../src/transform/transform-options.ts";

/** A picture with detail in it: a gradient from raw pixels. */
export function paint(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data[at++] = (x * 7) & 255;
      data[at++] = (y * 5) & 255;
      data[at++] = (x ^ y) & 255;
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Default options with some changed. */
export function options(changes: Partial<TransformOptions> = {}): TransformOptions {
  return { ...DEFAULT_TRANSFORM_OPTIONS, resizeMode: "keep_ratio", ...changes };
}

/** One file of every decoded format and flavour. */
export async function painted(width = 60, height = 40): Promise<Record<string, Buffer>> {
  const half = () => sharp({ create: { width, height, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0.5 } } });
  return {
    jpeg: await paint(width, height).jpeg().toBuffer(),
    "progressive jpeg": await paint(width, height).jpeg({ progressive: true }).toBuffer(),
    "grey jpeg": await paint(width, height).toColourspace("b-w").jpeg().toBuffer(),
    png: await paint(width, height).png().toBuffer(),
    "palette png": await paint(width, height).png({ palette: true }).toBuffer(),
    "interlaced png": await paint(width, height).png({ progressive: true }).toBuffer(),
    "transparent png": await half().png().toBuffer(),
    webp: await paint(width, height).webp().toBuffer(),
    "lossless webp": await paint(width, height).webp({ lossless: true }).toBuffer(),
    "transparent webp": await half().webp().toBuffer(),
    gif: await paint(width, height).gif().toBuffer(),
    avif: await paint(width, height).avif({ effort: 0 }).toBuffer(),
    "transparent avif": await half().avif({ effort: 0 }).toBuffer(),
  };
}

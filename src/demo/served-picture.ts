// Reads from a path which picture it asks for, by the size and the extension in it.
import type { PictureFormat } from "./painter.ts";

/** Longest side in pixels that the server paints, and most pixels in all. */
export const SERVED_LIMITS = { side: 4000, area: 8_000_000 } as const;

// A PNG of painted grain takes a hundred times the effort of a JPEG. Larger ones are served as JPEG under the same name.
const MAX_PNG_AREA = 400_000;
const WEBP_UNDER_ANOTHER_NAME = 0.01;

/** A picture to paint. */
export interface ServedPicture {
  readonly width: number;
  readonly height: number;
  readonly format: PictureFormat;
}

/** The size served for a row's size: the same, scaled down if it exceeds the limits. */
export function servedSize(width: number, height: number): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, SERVED_LIMITS.side / Math.max(width, height), Math.sqrt(SERVED_LIMITS.area / (width * height)));
  const scaled = (side: number) => Math.max(1, Math.floor(side * scale + 1e-9));
  return { width: scaled(width), height: scaled(height) };
}

/** The picture of a path such as `/i/1280x853/a.jpg`; undefined without a size in it. `chance` in [0, 1) decides which .jpg is WebP. */
export function pictureOf(path: string, chance: number): ServedPicture | undefined {
  const match = /\/(\d{1,5})x(\d{1,5})\//.exec(path);
  const [width, height] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (width === 0 || height === 0) return undefined;
  const size = servedSize(width, height);
  if (/\.webp\b/i.test(path)) return { ...size, format: "webp" };
  if (/\.png\b/i.test(path) && size.width * size.height <= MAX_PNG_AREA) return { ...size, format: "png" };
  return { ...size, format: chance < WEBP_UNDER_ANOTHER_NAME ? "webp" : "jpg" };
}

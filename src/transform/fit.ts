// Geometry of the stored image, which agrees with img2dataset to the pixel.
import type { ResizeMode } from "./transform-options.ts";

/** The options that decide the geometry. */
export interface FitOptions {
  /** Target side in pixels. */
  readonly imageSize: number;
  readonly resizeMode: ResizeMode;
  readonly resizeOnlyIfBigger: boolean;
  /** False limits the scale to 1. Default true. */
  readonly upscale?: boolean;
}

/** Scale to `scaledWidth` x `scaledHeight`, then crop or pad. All values are pixels. */
export interface FitPlan {
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  /** Cut `outWidth` x `outHeight` out of the scaled picture, with its top left corner here. */
  readonly crop?: { readonly left: number; readonly top: number };
  /** Add this many white rows and columns to the scaled picture. */
  readonly pad?: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  readonly outWidth: number;
  readonly outHeight: number;
  /** False if the stored picture has exactly the original's pixels. */
  readonly isResized: boolean;
  /** Whether the reference side exceeds the target. Decides between the two interpolations. */
  readonly isDownscale: boolean;
}

/** Python's `round` for numbers of at least 0: halves go to the even neighbour (170.5 is 170, 171.5 is 172). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The geometry for a picture of `width` x `height` pixels, at least 1 x 1. */
export function planFit(width: number, height: number, options: FitOptions): FitPlan {
  const { imageSize, resizeMode } = options;
  const isBySmallerSide = resizeMode === "keep_ratio" || resizeMode === "center_crop";
  const referenceSide = isBySmallerSide ? Math.min(width, height) : Math.max(width, height);
  const isDownscale = referenceSide > imageSize;
  if (resizeMode === "no" || (options.resizeOnlyIfBigger && !isDownscale)) {
    return {
      scaledWidth: width,
      scaledHeight: height,
      outWidth: width,
      outHeight: height,
      isResized: false,
      isDownscale,
    };
  }
  const scale = options.upscale === false ? Math.min(1, imageSize / referenceSide) : imageSize / referenceSide;
  const scaledWidth = Math.max(1, roundHalfEven(width * scale));
  const scaledHeight = Math.max(1, roundHalfEven(height * scale));
  const isScaled = scaledWidth !== width || scaledHeight !== height;
  const scaled = { scaledWidth, scaledHeight, isDownscale };
  if (scaledWidth === imageSize && scaledHeight === imageSize) {
    return { ...scaled, outWidth: imageSize, outHeight: imageSize, isResized: isScaled };
  }
  if (resizeMode === "center_crop") {
    // A scaled side is under the target only if enlarging is off.
    const [outWidth, outHeight] = [Math.min(imageSize, scaledWidth), Math.min(imageSize, scaledHeight)];
    const crop = { left: Math.floor((scaledWidth - outWidth) / 2), top: Math.floor((scaledHeight - outHeight) / 2) };
    return { ...scaled, crop, outWidth, outHeight, isResized: outWidth !== width || outHeight !== height };
  }
  if (resizeMode === "border") {
    const left = Math.floor((imageSize - scaledWidth) / 2);
    const top = Math.floor((imageSize - scaledHeight) / 2);
    const pad = { left, top, right: imageSize - scaledWidth - left, bottom: imageSize - scaledHeight - top };
    return { ...scaled, pad, outWidth: imageSize, outHeight: imageSize, isResized: true };
  }
  return { ...scaled, outWidth: scaledWidth, outHeight: scaledHeight, isResized: isScaled };
}

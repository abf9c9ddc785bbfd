// Transform: the geometry of the stored image, pure arithmetic that agrees with img2dataset to the pixel.
import type { ResizeMode } from "./transform-options.ts";

/** What decides the geometry. */
export interface FitOptions {
  /** Target side in pixels. */
  readonly imageSize: number;
  readonly resizeMode: ResizeMode;
  readonly resizeOnlyIfBigger: boolean;
  /** False: the scale is at most 1. Default true. */
  readonly upscale?: boolean;
}

/** Scale to `scaledWidth` x `scaledHeight`, then crop or pad; all in pixels. */
export interface FitPlan {
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  /** Cut `outWidth` x `outHeight` out of the scaled picture, its top left corner here. */
  readonly crop?: { readonly left: number; readonly top: number };
  /** Add so many white rows and columns to the scaled picture. */
  readonly pad?: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  readonly outWidth: number;
  readonly outHeight: number;
  /** False where the stored picture has exactly the original's pixels. */
  readonly isResized: boolean;
  /** Whether the reference side is over the target: decides between the two interpolations. */
  readonly isDownscale: boolean;
}

/** Python's `round`: halves go to the even neighbour (170.5 is 170, 171.5 is 172). For numbers of at least 0. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The geometry for a picture of `width` x `height` pixels (at least 1 x 1). */
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
    // Sides under the target are only there without enlarging.
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

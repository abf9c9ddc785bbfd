// Transform: what decoding a picture costs in memory, the unit in which decoders are kept from running out of it.
import type { FitPlan } from "./fit.ts";
import type { ImageHeader } from "./image-header.ts";

/** Assumed for headers that do not say a size, in pixels. */
const UNKNOWN_PIXELS = 16e6;
// Measured: 12,000 x 12,000 takes 480 MB as a progressive JPEG, 68 MB as a baseline one, which is decoded in strips.
const STRIP_FACTOR = 1 / 8;

/** Pixels that are in memory at once while a picture is decoded and resized, 3 to 6 bytes each. */
export function decodeWeight(header: ImageHeader, plan: FitPlan | undefined): number {
  const pixels = header.size ? header.size.width * header.size.height : UNKNOWN_PIXELS;
  const isStriped = header.format === "jpeg" && !header.isProgressive;
  const decoded = isStriped ? pixels * STRIP_FACTOR : pixels;
  return Math.ceil(Math.max(decoded, plan ? plan.outWidth * plan.outHeight : 0));
}

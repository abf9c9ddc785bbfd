// What decoding a picture costs in memory, in pixels.
import type { FitPlan } from "../fit.ts";
import type { ImageHeader } from "../formats/image-header.ts";

/** Pixels assumed if the header does not state a size. */
const UNKNOWN_PIXELS = 16e6;
// Measured: 12,000 x 12,000 takes 480 MB as a progressive JPEG and 68 MB as a baseline one, which is decoded in strips. A JPEG
// with one scan for each channel takes as much as a progressive one.
const STRIP_FACTOR = 1 / 8;
// Measured: 5900 x 5900 takes 500 to 840 MB, depending on how it is coded, in libaom's planes, libheif's copies and libvips's
// pixels.
const AVIF_FACTOR = 4;

// The scaled picture, its blurred copy, and the result of the two.
const EDITED_COPIES = 3;

/** Pixels in memory at once while a picture is decoded, resized and perhaps blurred or turned; each takes 3 to 6 bytes. */
export function decodeWeight(header: ImageHeader, plan: FitPlan | undefined, isEdited: boolean): number {
  const pixels = header.size ? header.size.width * header.size.height : (header.mostPixels ?? UNKNOWN_PIXELS);
  const isStriped = header.format === "jpeg" && !header.isProgressive && !header.isMultiScan;
  const decoded = pixels * (isStriped ? STRIP_FACTOR : header.format === "avif" ? AVIF_FACTOR : 1);
  const edited = !isEdited ? 0 : EDITED_COPIES * (plan ? plan.scaledWidth * plan.scaledHeight : pixels);
  return Math.ceil(Math.max(decoded, edited, plan ? plan.outWidth * plan.outHeight : 0));
}

// Plans a picture's geometry from its announced size, or refuses the size before any decoding.
import { type Failure, failure } from "../core/outcome.ts";
import { ENCODERS } from "./encoders.ts";
import { isSideways } from "./exif/orientation.ts";
import { type FitPlan, planFit } from "./fit.ts";
import type { TransformOptions } from "./transform-options.ts";

/**
 * The geometry of a picture of `width` x `height` pixels, or the failure that its size alone decides, in img2dataset's order of
 * checks. With an EXIF orientation to apply, the geometry is that of the upright picture.
 */
export function planPicture(width: number, height: number, options: TransformOptions, orientation = 1): FitPlan | Failure {
  const smaller = Math.min(width, height);
  if (smaller < options.minImageSize) return failure("image_too_small");
  if (width * height > options.maxImageArea) return failure("area_too_large");
  if (Math.max(width, height) / smaller > options.maxAspectRatio) return failure("aspect_ratio_too_large");
  if (width * height > options.maxPixels) return failure("too_many_pixels", `${width} x ${height}`);
  const plan = isSideways(orientation) ? planFit(height, width, options) : planFit(width, height, options);
  const isTooLong = Math.max(plan.outWidth, plan.outHeight) > ENCODERS[options.encodeFormat].maxSide;
  // A strip that is enlarged by its short side can need more pixels than any source picture.
  const isTooMuch = plan.isResized && plan.scaledWidth * plan.scaledHeight > Math.max(options.maxPixels, options.imageSize ** 2);
  if (isTooLong || isTooMuch) return failure("encode_failed", `would become ${plan.scaledWidth} x ${plan.scaledHeight}`);
  return plan;
}

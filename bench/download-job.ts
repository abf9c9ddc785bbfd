// The options of the LAION guide that all sides of bench:download use.
import type { TransformOptions } from "../src/transform/transform-options.ts";

/** Options of the floor, prep and img2dataset. */
export const GUIDE = { imageSize: 384, resizeMode: "keep_ratio", timeoutSeconds: 10 } as const;

/** Processes and threads of img2dataset; prep uses its defaults. */
export const PEER = { processes: 2, threads: 64 } as const;

/** The guide's options as prep's geometry takes them. */
export const GUIDE_FIT: Pick<TransformOptions, "imageSize" | "resizeMode" | "resizeOnlyIfBigger"> = {
  imageSize: GUIDE.imageSize,
  resizeMode: GUIDE.resizeMode,
  resizeOnlyIfBigger: true,
};

// bench:download, the job that all sides do: the guide's options for LAION, written down once.
import type { TransformOptions } from "../src/transform/transform-options.ts";

/** What the floor, prep and img2dataset are all told. */
export const GUIDE = { imageSize: 384, resizeMode: "keep_ratio", timeoutSeconds: 10 } as const;

/** Processes and threads of img2dataset; prep runs with its defaults. */
export const PEER = { processes: 2, threads: 64 } as const;

/** The guide's options as prep's geometry takes them. */
export const GUIDE_FIT: Pick<TransformOptions, "imageSize" | "resizeMode" | "resizeOnlyIfBigger"> = {
  imageSize: GUIDE.imageSize,
  resizeMode: GUIDE.resizeMode,
  resizeOnlyIfBigger: true,
};

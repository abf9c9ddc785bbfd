// The meaning, range and default of --encode-quality for each format.
import { UsageError } from "../core/errors.ts";
import type { TransformOptions } from "../job/config.ts";

type EncodeFormat = TransformOptions["encodeFormat"];

interface Quality {
  /** The default. img2dataset stops if png has no value; avif at 85 is as faithful as jpg at 95, by PSNR. */
  readonly fallback: number;
  readonly range: readonly [number, number];
  readonly meaning: string;
}

const QUALITIES: Readonly<Record<EncodeFormat, Quality>> = {
  jpg: { fallback: 95, range: [0, 100], meaning: "the quality, 0 to 100" },
  webp: { fallback: 95, range: [0, 101], meaning: "the quality, 0 to 100, or 101 for lossless" },
  avif: { fallback: 85, range: [1, 100], meaning: "the quality, 1 to 100" },
  png: { fallback: 6, range: [0, 9], meaning: "the compression level, 0 to 9" },
};

/** The quality to encode with, or the default if none is given. Throws UsageError for one that the format does not have. */
export function encodeQuality(format: EncodeFormat, given: number | undefined): number {
  const { fallback, range, meaning } = QUALITIES[format];
  if (given === undefined) return fallback;
  if (given < range[0] || given > range[1])
    throw new UsageError(`--encode-quality ${given} is impossible for ${format}`, `For ${format} it is ${meaning}.`);
  return given;
}

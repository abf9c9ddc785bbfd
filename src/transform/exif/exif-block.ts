// Transform: finds the raw EXIF block inside a picture's container.
import type { ImageHeader } from "../formats/image-header.ts";
import { jpegSegments } from "../formats/probe-jpeg.ts";
import { pngChunks } from "../formats/probe-png.ts";
import { webpChunks } from "../formats/probe-webp.ts";

const APP1 = 0xe1;
const EXIF_PREFIX = "Exif\0\0";
/** So much of a block is parsed, in bytes: what fits a JPEG's APP1 segment. In WebP and PNG maker notes and thumbnails can be longer. */
const MAX_BLOCK_BYTES = 65_535;

/** The TIFF structure that holds a picture's EXIF, its first 64 KB at most; undefined where there is none. */
export function findExifBlock(body: Buffer, header: ImageHeader): Buffer | undefined {
  const span = findSpan(body, header);
  if (!span) return undefined;
  const block = body.subarray(span.start, Math.min(span.end, span.start + MAX_BLOCK_BYTES));
  return block.toString("latin1", 0, EXIF_PREFIX.length) === EXIF_PREFIX ? block.subarray(EXIF_PREFIX.length) : block;
}

function findSpan(body: Buffer, header: ImageHeader): { readonly start: number; readonly end: number } | undefined {
  if (header.format === "jpeg") {
    for (const segment of jpegSegments(body)) {
      if (segment.marker === APP1 && body.toString("latin1", segment.start, segment.start + 6) === EXIF_PREFIX) return segment;
    }
  } else if (header.format === "png") {
    for (const chunk of pngChunks(body)) if (chunk.type === "eXIf") return chunk;
  } else if (header.format === "webp") {
    for (const chunk of webpChunks(body)) if (chunk.type === "EXIF") return chunk;
  }
  return undefined;
}

// Finds the raw EXIF block inside a picture's container.
import type { ImageHeader, SourceFormat } from "../formats/image-header.ts";
import { jpegSegments } from "../formats/probe-jpeg.ts";
import { pngChunks } from "../formats/probe-png.ts";
import { webpChunks } from "../formats/probe-webp.ts";

const APP1 = 0xe1;
const EXIF_PREFIX = "Exif\0\0";
/** Most bytes of a block that are parsed: what fits a JPEG's APP1 segment. In WebP and PNG, maker notes and thumbnails can be longer. */
const MAX_BLOCK_BYTES = 65_535;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds the EXIF block of each format that prep reads it from. */
const FINDERS: Readonly<Partial<Record<SourceFormat, (body: Buffer) => Span | undefined>>> = {
  jpeg: (body) => {
    for (const segment of jpegSegments(body)) {
      if (segment.marker === APP1 && body.toString("latin1", segment.start, segment.start + 6) === EXIF_PREFIX) return segment;
    }
    return undefined;
  },
  png: (body) => firstOfType(pngChunks(body), "eXIf"),
  webp: (body) => firstOfType(webpChunks(body), "EXIF"),
};

/** The TIFF structure that holds a picture's EXIF, its first 64 KB at most; undefined if there is none. */
export function findExifBlock(body: Buffer, { format }: ImageHeader): Buffer | undefined {
  const span = FINDERS[format]?.(body);
  if (!span) return undefined;
  const block = body.subarray(span.start, Math.min(span.end, span.start + MAX_BLOCK_BYTES));
  return block.toString("latin1", 0, EXIF_PREFIX.length) === EXIF_PREFIX ? block.subarray(EXIF_PREFIX.length) : block;
}

function firstOfType(chunks: Iterable<Span & { readonly type: string }>, type: string): Span | undefined {
  for (const chunk of chunks) if (chunk.type === type) return chunk;
  return undefined;
}

// Transform: finds the raw EXIF block inside a picture's container and cuts it down to what is safe to parse.
import type { ImageHeader } from "./image-header.ts";
import { jpegSegments } from "./probe-jpeg.ts";
import { pngChunks } from "./probe-png.ts";
import { webpChunks } from "./probe-webp.ts";

const APP1 = 0xe1;
const EXIF_PREFIX = "Exif\0\0";
/** The largest block that is parsed, in bytes: what fits a JPEG's APP1 segment. */
const MAX_BLOCK_BYTES = 65_535;
/** The largest value that is kept, in bytes: exifread gives up lists of 1000 values too. */
const MAX_VALUE_BYTES = 8192;
const MAX_TEXT_BYTES = 2048;
const MAX_DIRECTORIES = 8;
const BYTES_PER_VALUE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8];
const ASCII = 2;
const LONG = 4;
/** XMP, maker notes and user comment: what exifread ignores when it is asked for no details. */
const IGNORED_TAGS: ReadonlySet<number> = new Set([0x02bc, 0x927c, 0x9286]);
const POINTER_TAGS: ReadonlySet<number> = new Set([0x8769, 0x8825, 0xa005]);

/** The TIFF structure that holds a picture's EXIF; undefined where there is none, or one larger than 64 KB. */
export function findExifBlock(body: Buffer, header: ImageHeader): Buffer | undefined {
  const span = findSpan(body, header);
  if (!span || span.end - span.start > MAX_BLOCK_BYTES) return undefined;
  const block = body.subarray(span.start, span.end);
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

/**
 * A copy of the block in which everything that is ignored or too long to keep has a type that no parser reads.
 * Throws a RangeError for a block that is no TIFF structure, or whose directories lie outside it, overlap or are too many.
 */
export function trimExifBlock(block: Buffer): Buffer {
  const copy = Buffer.from(block);
  const signature = copy.toString("latin1", 0, 4);
  const isBigEndian = signature === "MM\0*";
  if (!isBigEndian && signature !== "II*\0") throw new RangeError("no TIFF structure");
  const short = (offset: number) => (isBigEndian ? copy.readUInt16BE(offset) : copy.readUInt16LE(offset));
  const long = (offset: number) => (isBigEndian ? copy.readUInt32BE(offset) : copy.readUInt32LE(offset));
  const seen: { readonly start: number; readonly end: number }[] = [];
  const pointers = [long(4)];
  // Honest values do not overlap, so together they are no longer than the block.
  let budgetBytes = copy.length;
  for (let start = pointers.pop(); start !== undefined; start = pointers.pop()) {
    if (start === 0) continue;
    const end = start + 2 + 12 * short(start);
    // Overlapping directories could undo what was trimmed in each other.
    if (seen.some((other) => start < other.end && other.start < end)) throw new RangeError("EXIF directories overlap");
    if (seen.push({ start, end }) > MAX_DIRECTORIES) throw new RangeError("too many EXIF directories");
    for (let entry = start + 2; entry < end; entry += 12) {
      const tag = short(entry);
      const type = short(entry + 2);
      const count = long(entry + 4);
      const sizeBytes = (BYTES_PER_VALUE[type] ?? 0) * count;
      const isPointer = POINTER_TAGS.has(tag);
      const isTooLong = sizeBytes > (type === ASCII ? MAX_TEXT_BYTES : MAX_VALUE_BYTES) || sizeBytes > budgetBytes;
      if (IGNORED_TAGS.has(tag) || isTooLong || (isPointer && (type !== LONG || count !== 1))) {
        copy.writeUInt16LE(0, entry + 2);
        continue;
      }
      budgetBytes -= sizeBytes;
      if (isPointer) pointers.push(long(entry + 8));
    }
    if (end + 4 <= copy.length) pointers.push(long(end));
  }
  return copy;
}

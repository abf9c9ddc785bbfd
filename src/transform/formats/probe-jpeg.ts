// Probe of JPEG: markers up to the first scan.
import { type ImageHeader, statedSize } from "./image-header.ts";

const SOF_MARKERS: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const PROGRESSIVE_MARKERS: ReadonlySet<number> = new Set([0xc2, 0xc6, 0xca, 0xce]);
/** Baseline, extended and progressive, with Huffman or arithmetic codes: what libjpeg reads, at 8 bits. */
const READ_MARKERS: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca]);
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** The header of a JPEG; undefined for other bytes. */
export function probeJpeg(body: Buffer): ImageHeader | undefined {
  if (body.length < 3 || body[0] !== 0xff || body[1] !== 0xd8 || body[2] !== 0xff) return undefined;
  let found: Pick<ImageHeader, "size"> = {};
  let channels = 3;
  let isProgressive = false;
  let isRare = false;
  const header = () => ({
    format: "jpeg" as const,
    ...found,
    hasAlpha: false,
    isGrey: channels === 1,
    ...(channels === 4 ? { isCmyk: true } : {}),
    isProgressive,
    ...(isRare ? { isRare } : {}),
  });
  for (const segment of jpegSegments(body)) {
    if (segment.marker === START_OF_SCAN) {
      const isMultiScan = !isProgressive && (body[segment.start] ?? channels) < channels;
      return { ...header(), ...(isMultiScan ? { isMultiScan } : {}), dataOffset: segment.offset };
    }
    if (SOF_MARKERS.has(segment.marker) && segment.end - segment.start >= 6) {
      found = statedSize(body.readUInt16BE(segment.start + 3), body.readUInt16BE(segment.start + 1));
      channels = body[segment.start + 5] ?? channels;
      isProgressive = PROGRESSIVE_MARKERS.has(segment.marker);
      isRare = !READ_MARKERS.has(segment.marker) || body[segment.start] !== 8;
    }
  }
  return header();
}

/** One marker segment. `start` to `end` is its payload, inside the bytes; `offset` is where its 0xff stands. */
export interface JpegSegment {
  readonly marker: number;
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** The segments up to and including the first scan's. Ends early if the bytes end or make no sense. */
export function* jpegSegments(body: Buffer): Generator<JpegSegment> {
  let offset = 2;
  while (offset + 4 <= body.length) {
    if (body[offset] !== 0xff) {
      // libjpeg skips junk between segments, too.
      offset = body.indexOf(0xff, offset);
      if (offset < 0) return;
      continue;
    }
    const marker = body[offset + 1] ?? 0;
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker === END_OF_IMAGE) return;
    // 00, 01, D0-D8 carry no length.
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      offset += 2;
      continue;
    }
    const end = offset + 2 + body.readUInt16BE(offset + 2);
    if (end < offset + 4 || end > body.length) return;
    yield { marker, offset, start: offset + 4, end };
    if (marker === START_OF_SCAN) return;
    offset = end;
  }
}

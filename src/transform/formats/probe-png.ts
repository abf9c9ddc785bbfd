// Probe of PNG: IHDR, and the chunks before the pixels that may add transparency.
import { type ImageHeader, statedSize } from "./image-header.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const IHDR_LENGTH = 13;
/** The critical chunks that readers know. A reader must refuse any other whose name begins with a capital letter, such as Apple's CgBI. */
const CRITICAL: ReadonlySet<string> = new Set(["IHDR", "PLTE", "IDAT", "IEND"]);

/** The header of a PNG; undefined for other bytes. */
export function probePng(body: Buffer): ImageHeader | undefined {
  if (body.length < 8 || body.compare(SIGNATURE, 0, 8, 0, 8) !== 0) return undefined;
  let found: Pick<ImageHeader, "size"> = {};
  let colourType = 2;
  let isProgressive = false;
  let hasTransparentColour = false;
  let isRare = false;
  for (const chunk of pngChunks(body)) {
    if (chunk.type === "IHDR" && chunk.end - chunk.start >= IHDR_LENGTH) {
      const { start } = chunk;
      found = statedSize(body.readUInt32BE(start), body.readUInt32BE(start + 4));
      colourType = body[start + 9] ?? colourType;
      isProgressive = body[start + 12] === 1;
    }
    if (chunk.type === "tRNS") hasTransparentColour = true;
    if (/^[A-Z]/.test(chunk.type) && !CRITICAL.has(chunk.type)) isRare = true;
    if (chunk.type === "IDAT") break;
  }
  return {
    format: "png",
    ...found,
    hasAlpha: hasTransparentColour || colourType === 4 || colourType === 6,
    isGrey: colourType === 0 && !hasTransparentColour,
    isProgressive,
    ...(isRare ? { isRare } : {}),
  };
}

/** One chunk: `start` to `end` is its data, inside the bytes. */
export interface PngChunk {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The complete chunks, checksum included, whose value is not checked. Ends where the bytes end. */
export function* pngChunks(body: Buffer): Generator<PngChunk> {
  let offset = 8;
  while (offset + 12 <= body.length) {
    const start = offset + 8;
    const end = start + body.readUInt32BE(offset);
    const type = body.toString("latin1", offset + 4, start);
    // If the pixels are cut off, the header is still worth knowing.
    if (end + 4 > body.length) return;
    yield { type, start, end };
    offset = end + 4;
  }
}

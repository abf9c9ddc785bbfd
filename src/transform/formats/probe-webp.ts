// Probe of WebP: the first chunk of its RIFF container.
import { type ImageHeader, statedSize } from "./image-header.ts";

const ALPHA_FLAG = 0x10;
// Lossy WebP key frames carry this code behind the 3 bytes of their frame tag.
const VP8_START_CODE = 0x2a019d;
const VP8L_SIGNATURE = 0x2f;

/** The header of a WebP; undefined for other bytes. */
export function probeWebp(body: Buffer): ImageHeader | undefined {
  if (body.length < 16 || body.toString("latin1", 0, 4) !== "RIFF" || body.toString("latin1", 8, 12) !== "WEBP") return undefined;
  const unknown = { format: "webp", hasAlpha: false, isGrey: false, isProgressive: false } as const;
  if (body.length < 30) return unknown;
  switch (body.toString("latin1", 12, 16)) {
    case "VP8 ":
      if (body.readUIntLE(23, 3) !== VP8_START_CODE) return unknown;
      return { ...unknown, ...statedSize(body.readUInt16LE(26) & 0x3fff, body.readUInt16LE(28) & 0x3fff) };
    case "VP8L": {
      if (body[20] !== VP8L_SIGNATURE) return unknown;
      const bits = body.readUInt32LE(21);
      return { ...unknown, ...statedSize((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1), hasAlpha: ((bits >>> 28) & 1) === 1 };
    }
    case "VP8X":
      return {
        ...unknown,
        ...statedSize(body.readUIntLE(24, 3) + 1, body.readUIntLE(27, 3) + 1),
        hasAlpha: ((body[20] ?? 0) & ALPHA_FLAG) !== 0,
      };
    default:
      return unknown;
  }
}

/** One RIFF chunk: `start` to `end` is its data, inside the bytes. */
export interface RiffChunk {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The complete chunks. Ends where the bytes end. */
export function* webpChunks(body: Buffer): Generator<RiffChunk> {
  let offset = 12;
  while (offset + 8 <= body.length) {
    const start = offset + 8;
    const end = start + body.readUInt32LE(offset + 4);
    if (end > body.length) return;
    yield { type: body.toString("latin1", offset, offset + 4), start, end };
    // Chunks are padded to even sizes.
    offset = end + (end & 1);
  }
}

// Transform: the GIF part of the header probe: the logical screen, believed where the frames agree with it.
import { type ImageHeader, sizeOf } from "./image-header.ts";

const HEADER_BYTES = 13;
const EXTENSION = 0x21;
const FRAME = 0x2c;
const FRAME_BYTES = 10;
const TRAILER = 0x3b;

/** The header of a GIF; undefined where the bytes are none. */
export function probeGif(body: Buffer): ImageHeader | undefined {
  const signature = body.toString("latin1", 0, 6);
  if (signature !== "GIF87a" && signature !== "GIF89a") return undefined;
  return {
    format: "gif",
    ...screenOf(body),
    // Whether a frame has a transparent colour is said far behind the header.
    hasAlpha: true,
    isGrey: false,
    isProgressive: false,
  };
}

/**
 * The decoder ignores screens of some sizes (640 x 480, 0 x 0, very wide ones) and widens others until every frame fits;
 * where the frames reach exactly as far as the screen, its size is that of the screen by either rule.
 */
function screenOf(body: Buffer): Pick<ImageHeader, "size"> {
  if (body.length < HEADER_BYTES) return {};
  const [width, height] = [body.readUInt16LE(6), body.readUInt16LE(8)];
  let [right, bottom] = [0, 0];
  for (const frame of gifFrames(body)) {
    right = Math.max(right, frame.right);
    bottom = Math.max(bottom, frame.bottom);
  }
  return right === width && bottom === height ? sizeOf(width, height) : {};
}

/**
 * Whether behind the first frame there is something that no GIF has there. Codes that were overwritten end too early, and
 * what is left of them follows: the decoder says nothing, and leaves black or white what it has no codes for.
 */
export function isFirstFrameBroken(body: Buffer): boolean {
  const [first] = gifFrames(body);
  if (!first) return false;
  let next = first.end;
  // Some writers pad.
  while (body[next] === 0) next += 1;
  const introducer = body[next];
  return introducer !== undefined && introducer !== EXTENSION && introducer !== FRAME && introducer !== TRAILER;
}

interface GifFrame {
  /** How far it reaches on the screen. */
  readonly right: number;
  readonly bottom: number;
  /** The offset behind its codes. */
  readonly end: number;
}

/** The frames; ends early where the bytes end or make no sense. */
function* gifFrames(body: Buffer): Generator<GifFrame> {
  let offset = HEADER_BYTES + coloursBytes(body[10] ?? 0);
  while (offset < body.length) {
    if (body[offset] === EXTENSION) {
      offset = behindBlocks(body, offset + 2);
    } else if (body[offset] === FRAME && offset + FRAME_BYTES <= body.length) {
      // One byte for the size of the codes, then the codes.
      const end = behindBlocks(body, offset + FRAME_BYTES + coloursBytes(body[offset + 9] ?? 0) + 1);
      yield {
        right: body.readUInt16LE(offset + 1) + body.readUInt16LE(offset + 5),
        bottom: body.readUInt16LE(offset + 3) + body.readUInt16LE(offset + 7),
        end,
      };
      offset = end;
    } else {
      return;
    }
  }
}

/** Length of the colour table that the flags announce. */
function coloursBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function behindBlocks(body: Buffer, offset: number): number {
  let next = offset;
  for (let length = body[next]; length !== undefined && length > 0; length = body[next]) next += length + 1;
  return next + 1;
}

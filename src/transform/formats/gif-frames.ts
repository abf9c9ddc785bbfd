// Transform: the frames of a GIF, by its blocks alone: where each lies on the screen, and where its codes are.

const HEADER_BYTES = 13;
const EXTENSION = 0x21;
const FRAME = 0x2c;
const FRAME_BYTES = 10;
const TRAILER = 0x3b;

/** One frame. */
export interface GifFrame {
  /** Its corners on the screen, `right` and `bottom` behind its last pixels. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** The offset of the byte that says how wide the codes are; their blocks follow. */
  readonly codes: number;
  /** The offset behind its codes; beyond the bytes where these end first. */
  readonly end: number;
}

/** Whether these bytes begin as a GIF does. */
export function isGif(body: Buffer): boolean {
  const signature = body.toString("latin1", 0, 6);
  return signature === "GIF87a" || signature === "GIF89a";
}

/** The screen that the header announces, which the decoder does not always believe; undefined where the bytes end before it. */
export function gifScreen(body: Buffer): { readonly width: number; readonly height: number } | undefined {
  return body.length < HEADER_BYTES ? undefined : { width: body.readUInt16LE(6), height: body.readUInt16LE(8) };
}

/** The frames; ends early where the bytes end or make no sense. */
export function* gifFrames(body: Buffer): Generator<GifFrame> {
  let offset = HEADER_BYTES + coloursBytes(body[10] ?? 0);
  while (offset < body.length) {
    if (body[offset] === EXTENSION) {
      offset = behindBlocks(body, offset + 2);
    } else if (body[offset] === FRAME && offset + FRAME_BYTES <= body.length) {
      const [left, top] = [body.readUInt16LE(offset + 1), body.readUInt16LE(offset + 3)];
      const [right, bottom] = [left + body.readUInt16LE(offset + 5), top + body.readUInt16LE(offset + 7)];
      const codes = offset + FRAME_BYTES + coloursBytes(body[offset + 9] ?? 0);
      const end = behindBlocks(body, codes + 1);
      yield { left, top, right, bottom, codes, end };
      offset = end;
    } else {
      return;
    }
  }
}

/** Whether at this offset there is something that a GIF can have behind a frame; the end of the bytes counts. */
export function isBehindFrame(body: Buffer, offset: number): boolean {
  let next = offset;
  // Some writers pad.
  while (body[next] === 0) next += 1;
  const introducer = body[next];
  return introducer === undefined || introducer === EXTENSION || introducer === FRAME || introducer === TRAILER;
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

// The frames of a GIF by its blocks: the place of each on the screen, and of its codes.

const HEADER_BYTES = 13;
const EXTENSION = 0x21;
const FRAME = 0x2c;
const FRAME_BYTES = 10;
const TRAILER = 0x3b;

/** One frame. */
export interface GifFrame {
  /** Its edges on the screen; `right` and `bottom` are behind its last pixels. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** The offset of the byte that states the codes' width; the blocks of codes follow. */
  readonly codes: number;
  /** The offset behind its codes; beyond the bytes if they end before. */
  readonly end: number;
}

/** Whether these bytes begin as a GIF does. */
export function isGif(body: Buffer): boolean {
  const signature = body.toString("latin1", 0, 6);
  return signature === "GIF87a" || signature === "GIF89a";
}

/** The screen that the header announces, which the decoder does not always believe; undefined if the bytes end before it. */
export function gifScreen(body: Buffer): { readonly width: number; readonly height: number } | undefined {
  return body.length < HEADER_BYTES ? undefined : { width: body.readUInt16LE(6), height: body.readUInt16LE(8) };
}

/** The frames. Ends early if the bytes end or make no sense. */
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

/** Whether this offset has something that may follow a frame of a GIF. The end of the bytes may. */
export function isBehindFrame(body: Buffer, offset: number): boolean {
  let next = offset;
  // Some writers pad.
  while (body[next] === 0) next += 1;
  const introducer = body[next];
  return introducer === undefined || introducer === EXTENSION || introducer === FRAME || introducer === TRAILER;
}

/** Length in bytes of the colour table that the flags announce. */
function coloursBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function behindBlocks(body: Buffer, offset: number): number {
  let next = offset;
  for (let length = body[next]; length !== undefined && length > 0; length = body[next]) next += length + 1;
  return next + 1;
}

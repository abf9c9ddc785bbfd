// Makes many JPEGs from one: any size in the same grid of blocks, with unique bytes.

const START_BASELINE = 0xc0;
const START_OF_SCAN = 0xda;
const COMMENT = 0xfe;
const APPLICATION_0 = 0xe0;

/** Side in pixels of the largest block that a baseline JPEG is made of. */
export const BLOCK_SIDE = 16;

/** A copy of `jpeg` that states the size `width` x `height`; undefined unless it is baseline and has exactly the blocks of that size. */
export function withSize(jpeg: Buffer, width: number, height: number): Buffer | undefined {
  for (const { marker, at } of segments(jpeg)) {
    if (marker !== START_BASELINE) continue;
    const sampling = jpeg[at + 11] ?? 0x11;
    const [blockWidth, blockHeight] = [8 * (sampling >> 4), 8 * (sampling & 15)];
    const sameColumns = Math.ceil(jpeg.readUInt16BE(at + 7) / blockWidth) === Math.ceil(width / blockWidth);
    const sameRows = Math.ceil(jpeg.readUInt16BE(at + 5) / blockHeight) === Math.ceil(height / blockHeight);
    if (!sameColumns || !sameRows) return undefined;
    const copy = Buffer.from(jpeg);
    copy.writeUInt16BE(height, at + 5);
    copy.writeUInt16BE(width, at + 7);
    return copy;
  }
  return undefined;
}

/** `jpeg` with a comment behind the JFIF header, which has to come first. */
export function withComment(jpeg: Buffer, comment: string): Buffer {
  const first = jpeg[3] === APPLICATION_0 ? 4 + jpeg.readUInt16BE(4) : 2;
  const text = Buffer.from(comment);
  const head = Buffer.from([0xff, COMMENT, (text.length + 2) >> 8, (text.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, first), head, text, jpeg.subarray(first)]);
}

function* segments(jpeg: Buffer): Generator<{ readonly marker: number; readonly at: number }> {
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1] ?? 0;
    yield { marker, at };
    if (marker === START_OF_SCAN) return;
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
}

// Transform: where the coded parts of an AVIF lie in the file, by its `iloc` box, and whether all of them are there.
import { findBox } from "./probe-avif.ts";

/** Parts that lie in the file itself; others lie in boxes of `meta` or are made of such parts. */
const IN_FILE = 0;

/**
 * Whether the bytes of every item lie inside the file: the colours, the opacity, each tile of a grid, and metadata. The
 * decoder leaves blank what it lacks of a grid. True where the file does not say, which is for the decoder to judge.
 */
export function hasAllItems(body: Buffer): boolean {
  const meta = findBox(body, { start: 0, end: body.length }, "meta");
  const locations = meta && findBox(body, { start: meta.start + 4, end: meta.end }, "iloc");
  if (!locations) return true;
  try {
    return lastByteOf(body.subarray(locations.start, locations.end)) <= body.length;
  } catch (error) {
    // It says that there is more than the box has room for.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

/** The offset behind the last byte of all extents. Throws a RangeError where the box is shorter than it says. */
function lastByteOf(box: Buffer): number {
  let at = 0;
  const read = (bytes: number) => {
    at += bytes;
    if (bytes === 8) return Number(box.readBigUInt64BE(at - 8));
    return bytes === 0 ? 0 : box.readUIntBE(at - bytes, bytes);
  };
  const version = read(4) >>> 24;
  const [sizes, moreSizes] = [read(1), read(1)];
  const [offsetBytes, lengthBytes, baseBytes, indexBytes] = [sizes >> 4, sizes & 15, moreSizes >> 4, version === 0 ? 0 : moreSizes & 15];
  const idBytes = version < 2 ? 2 : 4;
  let last = 0;
  for (let items = read(idBytes); items > 0; items -= 1) {
    read(idBytes);
    const method = version === 0 ? IN_FILE : read(2) & 15;
    const isHere = read(2) === 0 && method === IN_FILE;
    const base = read(baseBytes);
    // Where an extent takes no bytes, a few of these could claim billions.
    const count = read(2);
    for (let extents = indexBytes + offsetBytes + lengthBytes > 0 ? count : 0; extents > 0; extents -= 1) {
      read(indexBytes);
      const end = base + read(offsetBytes) + read(lengthBytes);
      if (isHere) last = Math.max(last, end);
    }
  }
  return last;
}

// Checks by an AVIF's `iloc` box that all its coded parts are inside the file.
import { findBox } from "./probe-avif.ts";

/** The item lies in the file itself. Others lie in boxes of `meta` or are made of such items. */
const IN_FILE = 0;

/**
 * Whether the bytes of every item lie inside the file: the colours, the opacity, each tile of a grid, and metadata. The decoder
 * leaves missing tiles of a grid blank. True if the file does not say; then the decoder decides.
 */
export function hasAllItems(body: Buffer): boolean {
  const meta = findBox(body, { start: 0, end: body.length }, "meta");
  const locations = meta && findBox(body, { start: meta.start + 4, end: meta.end }, "iloc");
  if (!locations) return true;
  try {
    return lastByteOf(body.subarray(locations.start, locations.end)) <= body.length;
  } catch (error) {
    // The box announces more than it has room for.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

/** The offset behind the last byte of all extents. Throws a RangeError if the box is shorter than it says. */
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
    // If an extent takes no bytes, a few items could claim billions of extents.
    const count = read(2);
    for (let extents = indexBytes + offsetBytes + lengthBytes > 0 ? count : 0; extents > 0; extents -= 1) {
      read(indexBytes);
      const end = base + read(offsetBytes) + read(lengthBytes);
      if (isHere) last = Math.max(last, end);
    }
  }
  return last;
}

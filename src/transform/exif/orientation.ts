// Reads a picture's EXIF orientation, and turns pixels as it says.

import type { ImageHeader } from "../formats/image-header.ts";
import { fromPixels, type Pixels, toPixels } from "../pixels.ts";
import { findExifBlock } from "./exif-block.ts";

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
/** LONG and SLONG, in which some writers store it; its value fits the low half. */
const LONG_TYPES: ReadonlySet<number> = new Set([4, 9]);

/** 1 to 8 as EXIF numbers them; 1 if the picture does not state it, or not in a readable way. Never throws. */
export function orientationOf(body: Buffer, header: ImageHeader): number {
  const block = findExifBlock(body, header);
  if (!block || block.length < 8) return 1;
  const signature = block.toString("latin1", 0, 4);
  const isBigEndian = signature === "MM\0*";
  if (!isBigEndian && signature !== "II*\0") return 1;
  const short = (at: number) => (at + 2 > block.length ? 0 : isBigEndian ? block.readUInt16BE(at) : block.readUInt16LE(at));
  const directory = isBigEndian ? block.readUInt32BE(4) : block.readUInt32LE(4);
  for (let entry = directory + 2, left = short(directory); left > 0 && entry + 12 <= block.length; left -= 1, entry += 12) {
    const type = short(entry + 2);
    const isLong = LONG_TYPES.has(type);
    if (short(entry) !== ORIENTATION_TAG || (type !== SHORT && !isLong)) continue;
    const value = short(isLong && isBigEndian ? entry + 10 : entry + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Whether an orientation swaps width and height. */
export function isSideways(orientation: number): boolean {
  return orientation >= 5;
}

/** The picture turned upright. */
export async function upright(pixels: Pixels, orientation: number): Promise<Pixels> {
  if (orientation === 1) return pixels;
  const isMirrored = orientation === 2 || orientation === 4 || orientation === 5 || orientation === 7;
  const angle = { 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 }[orientation] ?? 0;
  const isGrey = pixels.channels === 1;
  const mirrored = isMirrored ? await toPixels(fromPixels(pixels).flop(), isGrey) : pixels;
  return angle === 0 ? mirrored : await toPixels(fromPixels(mirrored).rotate(angle), isGrey);
}

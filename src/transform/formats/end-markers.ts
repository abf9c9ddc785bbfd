// Checks that a picture's bytes reach the end marker of its format, in place of a decode.
import { hasAllItems } from "./avif-items.ts";
import type { ImageHeader } from "./image-header.ts";
import { isoBoxes, isoBrands } from "./probe-avif.ts";
import { pngChunks } from "./probe-png.ts";
import { webpChunks } from "./probe-webp.ts";

const GIF_TRAILER = 0x3b;
const WEBP_PICTURES: ReadonlySet<string> = new Set(["VP8 ", "VP8L", "ANMF"]);
const JPEG_END = Buffer.from([0xff, 0xd9]);

/** Whether an end marker follows the first scan of a JPEG. */
export function jpegReachesEnd(body: Buffer, { dataOffset }: ImageHeader): boolean {
  // In a scan 0xff is always followed by 0 or a restart marker, so this pair is no accident.
  return dataOffset !== undefined && body.lastIndexOf(JPEG_END) > dataOffset;
}

/** Whether a PNG has a complete IEND chunk. */
export function pngReachesEnd(body: Buffer): boolean {
  for (const chunk of pngChunks(body)) if (chunk.type === "IEND") return true;
  return false;
}

/** Whether a WebP is as long as its container says, and its first picture lies inside. */
export function webpReachesEnd(body: Buffer): boolean {
  const end = body.length < 12 ? Number.POSITIVE_INFINITY : body.readUInt32LE(4) + 8;
  if (end > body.length) return false;
  for (const chunk of webpChunks(body)) if (WEBP_PICTURES.has(chunk.type)) return chunk.end <= end;
  return false;
}

/** Whether a GIF ends with its trailer; zeros may follow. */
export function gifReachesEnd(body: Buffer): boolean {
  let last = body.length - 1;
  while (last > 0 && body[last] === 0) last -= 1;
  return body[last] === GIF_TRAILER;
}

/** Whether all items of an AVIF are inside the bytes; for a sequence, its media data. */
export function avifReachesEnd(body: Buffer): boolean {
  const complete = new Set<string>();
  for (const box of isoBoxes(body, { start: 0, end: body.length })) complete.add(box.type);
  // The frames of a sequence are no items, so only the box of its data shows that they are complete.
  return complete.has("meta") && (isoBrands(body).includes("avis") ? complete.has("mdat") : hasAllItems(body));
}

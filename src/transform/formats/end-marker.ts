// Transform: a cheap look whether bytes that are stored as they came are all there, in place of a decode.
import { hasAllItems } from "./avif-items.ts";
import type { ImageHeader } from "./image-header.ts";
import { isoBoxes, isoBrands } from "./probe-avif.ts";
import { pngChunks } from "./probe-png.ts";
import { webpChunks } from "./probe-webp.ts";

const GIF_TRAILER = 0x3b;
const WEBP_PICTURES: ReadonlySet<string> = new Set(["VP8 ", "VP8L", "ANMF"]);
const JPEG_END = Buffer.from([0xff, 0xd9]);

/**
 * Whether a picture reaches its format's end marker. Damage in the middle goes unseen; bytes behind the end are fine.
 * Linear in the number of chunks, not of bytes, for intact pictures.
 */
export function reachesItsEnd(body: Buffer, header: ImageHeader): boolean {
  switch (header.format) {
    case "jpeg":
      // In a scan 0xff is always followed by 0 or a restart marker, so this pair is no accident.
      return header.dataOffset !== undefined && body.lastIndexOf(JPEG_END) > header.dataOffset;
    case "png":
      for (const chunk of pngChunks(body)) if (chunk.type === "IEND") return true;
      return false;
    case "webp": {
      const end = body.length < 12 ? Number.POSITIVE_INFINITY : body.readUInt32LE(4) + 8;
      if (end > body.length) return false;
      for (const chunk of webpChunks(body)) if (WEBP_PICTURES.has(chunk.type)) return chunk.end <= end;
      return false;
    }
    case "gif": {
      let last = body.length - 1;
      while (last > 0 && body[last] === 0) last -= 1;
      return body[last] === GIF_TRAILER;
    }
    case "avif": {
      const complete = new Set<string>();
      for (const box of isoBoxes(body, { start: 0, end: body.length })) complete.add(box.type);
      // Of a sequence the frames count too, of which the items say nothing.
      return complete.has("meta") && (isoBrands(body).includes("avis") ? complete.has("mdat") : hasAllItems(body));
    }
  }
}

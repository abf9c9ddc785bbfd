// Repairs sound pictures that libvips refuses or shows wrongly; returns other bytes unchanged.
import { gifFrames, gifScreen, isGif } from "./gif-frames.ts";
import { isoBrands } from "./probe-avif.ts";

/** Bytes of a RIFF container that its length does not count. */
const RIFF_HEADER_BYTES = 8;

/** Offset of an ISO file's major brand, behind the length and the type of its first box. */
const MAJOR_BRAND_AT = 8;

/** A GIF frame of a single transparent pixel. */
const CLEAR_FRAME = Buffer.from([0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);

/**
 * Adds the padding byte that a WebP's last chunk lacks. RIFF pads chunks to even sizes, so no container has an odd size.
 * Other readers accept the missing byte; libvips refuses the file. Returns other bytes unchanged.
 */
export function padWebp(body: Buffer): Buffer {
  if (body.toString("latin1", 0, 4) !== "RIFF" || body.toString("latin1", 8, 12) !== "WEBP") return body;
  const length = body.readUInt32LE(4);
  const end = RIFF_HEADER_BYTES + length;
  if (end % 2 === 0 || end > body.length) return body;
  const padded = Buffer.alloc(end + 1);
  body.copy(padded, 0, 0, end);
  padded.writeUInt32LE(length + 1, 4);
  return padded;
}

/**
 * Puts the brand `avif` first in a file that names it among its brands, as every AVIF sequence should. libvips looks at the
 * first brand alone and knows few, although any of the brands makes the file an AVIF. Returns other bytes unchanged.
 */
export function nameAvifFirst(body: Buffer): Buffer {
  const [major, ...others] = isoBrands(body);
  if (major === "avif" || !others.includes("avif")) return body;
  const still = Buffer.from(body);
  still.write("avif", MAJOR_BRAND_AT, "latin1");
  return still;
}

/**
 * Adds a transparent frame behind the first frame of a GIF if that leaves a part of the screen free. libvips decodes transparency
 * only if some frame has any; without it, free parts become black. Returns other bytes unchanged.
 */
export function coverGif(body: Buffer): Buffer {
  const screen = isGif(body) ? gifScreen(body) : undefined;
  if (!screen) return body;
  const [first] = gifFrames(body);
  if (!first || first.end > body.length) return body;
  const isCovered = first.left === 0 && first.top === 0 && first.right >= screen.width && first.bottom >= screen.height;
  return isCovered ? body : Buffer.concat([body.subarray(0, first.end), CLEAR_FRAME, body.subarray(first.end)]);
}

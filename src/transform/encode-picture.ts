// Encodes raw pixels as an image file, for the pictures that the demo paints.
import sharp from "sharp";
import { encodeAs } from "./encoders.ts";
import type { EncodeFormat } from "./transform-options.ts";

/** Pixels in rows from the top, three bytes (red, green, blue) each. */
export interface RawPicture {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

/** Encodes raw pixels. Rejects if `data` is not width x height x 3 bytes, or a side exceeds the format's limit. */
export async function encodePicture(pixels: RawPicture, format: EncodeFormat, quality: number): Promise<Buffer> {
  const { data, width, height, channels } = pixels;
  return encodeAs(sharp(data, { raw: { width, height, channels } }), format, quality).toBuffer();
}

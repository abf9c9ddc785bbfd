// Transform: a GIF whose first frame leaves part of the screen free, in the form in which the decoder shows what is free.
import { gifFrames, gifScreen, isGif } from "./gif-frames.ts";

/** A frame of a single pixel, which is transparent. */
const CLEAR_FRAME = Buffer.from([0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);

/**
 * Such a GIF with a transparent frame behind the first one. libvips decodes transparency where some frame has any, and
 * otherwise what no frame has painted is black. Any other bytes are returned themselves.
 */
export function coveredGif(body: Buffer): Buffer {
  const screen = isGif(body) ? gifScreen(body) : undefined;
  if (!screen) return body;
  const [first] = gifFrames(body);
  if (!first || first.end > body.length) return body;
  const isCovered = first.left === 0 && first.top === 0 && first.right >= screen.width && first.bottom >= screen.height;
  return isCovered ? body : Buffer.concat([body.subarray(0, first.end), CLEAR_FRAME, body.subarray(first.end)]);
}

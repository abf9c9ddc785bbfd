// Finds GIFs whose first frame lacks codes for its pixels, which the decoder does not report.
import { gifFrames, isBehindFrame } from "./gif-frames.ts";

const MAX_CODES = 4096;
const MAX_CODE_BITS = 12;

/**
 * Whether the first frame lacks a row or more, or its codes go on behind it into bytes that no GIF has there. Overwritten codes
 * end too early or never. The decoder leaves black or white what it has no codes for.
 */
export function isFirstFrameBroken(body: Buffer): boolean {
  const [first] = gifFrames(body);
  if (!first) return false;
  const [width, height] = [first.right - first.left, first.bottom - first.top];
  const pixels = countPixels(body, first.codes);
  // Some writers are a few pixels short.
  if (pixels <= width * (height - 1)) return true;
  return pixels > width * height && !isBehindFrame(body, first.end);
}

/** Pixels up to the end code, to the first impossible code, or to the end of the codes. */
function countPixels(body: Buffer, codes: number): number {
  const clearCode = 1 << (body[codes] ?? 0);
  if (clearCode >= MAX_CODES) return 0;
  const endCode = clearCode + 1;
  /** How many pixels each code stands for. */
  const lengths = new Uint16Array(MAX_CODES).fill(1, 0, clearCode);
  let [next, codeBits, previous] = [endCode + 1, bitLength(endCode), 0];
  let pixels = 0;
  let [bits, bitCount] = [0, 0];
  for (const byte of joinedBlocks(body, codes + 1)) {
    bits |= byte << bitCount;
    bitCount += 8;
    while (bitCount >= codeBits) {
      const code = bits & ((1 << codeBits) - 1);
      bits >>>= codeBits;
      bitCount -= codeBits;
      if (code === clearCode) {
        [next, codeBits, previous] = [endCode + 1, bitLength(endCode), 0];
        continue;
      }
      const isKnown = code < next || (code === next && previous > 0);
      if (code === endCode || !isKnown) return pixels;
      // A code repeats the one before it and adds a pixel; the first one after a clear code adds none.
      if (previous > 0 && next < MAX_CODES) {
        lengths[next] = previous + 1;
        next += 1;
        if (next === 1 << codeBits && codeBits < MAX_CODE_BITS) codeBits += 1;
      }
      previous = lengths[code] ?? 0;
      pixels += previous;
    }
  }
  return pixels;
}

function joinedBlocks(body: Buffer, offset: number): Buffer {
  const blocks: Buffer[] = [];
  let next = offset;
  for (let length = body[next]; length !== undefined && length > 0; length = body[next]) {
    blocks.push(body.subarray(next + 1, next + 1 + length));
    next += length + 1;
  }
  return Buffer.concat(blocks);
}

function bitLength(code: number): number {
  return 32 - Math.clz32(code);
}

// GIFs of few colours, block by block, with frames, codes and ends that no encoder writes.

/** A frame at a place on the screen, whose codes stand for `pixels` pixels of colour 1. */
export interface TestFrame {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** All pixels of the frame by default. */
  readonly pixels?: number;
}

/** A GIF without transparency. Its colours are black, red, blue and white. */
export function gifOf(width: number, height: number, frames: readonly TestFrame[], end = Buffer.from(";")): Buffer {
  const screen = Buffer.from("GIF89a\0\0\0\0\x81\0\0", "latin1");
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  const colours = Buffer.from([0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255]);
  return Buffer.concat([screen, colours, ...frames.map(frameOf), end]);
}

function frameOf({ left = 0, top = 0, width, height, pixels = width * height }: TestFrame): Buffer {
  const descriptor = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  for (const [place, value] of [left, top, width, height].entries()) descriptor.writeUInt16LE(value, 1 + 2 * place);
  const codes = [];
  // Cleared again before they become wider, all codes have 3 bits: 4 clears, 5 ends.
  for (let pixel = 0; pixel < pixels; pixel += 1) codes.push(...(pixel % 2 === 0 ? [4, 1] : [1]));
  const bytes = packed([...codes, 5]);
  const blocks = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255);
    blocks.push(Buffer.from([block.length]), block);
  }
  return Buffer.concat([descriptor, ...blocks, Buffer.from([0])]);
}

function packed(codes: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil((3 * codes.length) / 8));
  for (const [place, code] of codes.entries()) {
    for (let bit = 0; bit < 3; bit += 1) {
      const at = 3 * place + bit;
      if ((code >> bit) & 1) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  return bytes;
}

// GIFs whose first frame lacks codes for its pixels.
import { expect, test } from "vitest";
import { isFirstFrameBroken } from "../../../src/transform/formats/broken-gif-frame.ts";
import { gifOf } from "../../support/transform/gif.ts";
import { paint } from "../../support/transform/paint.ts";

const size = { width: 20, height: 10 };

test("a first frame whose codes end a row or more before its pixels do is broken, though its blocks are whole", () => {
  const isBroken = (pixels: number) => isFirstFrameBroken(gifOf(20, 10, [{ ...size, pixels }, size]));
  expect([0, 100, 180].map(isBroken)).toEqual([true, true, true]);
  expect([181, 199, 200].map(isBroken)).toEqual([false, false, false]);
});

test("behind codes that end with the pixels anything may follow, behind longer ones only what a GIF has there", () => {
  const isBroken = (pixels: number, end: string) => isFirstFrameBroken(gifOf(20, 10, [{ ...size, pixels }], Buffer.from(end, "latin1")));
  for (const end of [";", "", "\0\0;", ";junk"]) expect([isBroken(200, end), isBroken(300, end)], end).toEqual([false, false]);
  expect([isBroken(200, "\r\n<!-- page -->"), isBroken(300, "\r\n<!-- page -->")]).toEqual([false, true]);
});

test("codes of every width that an encoder writes are counted right", async () => {
  for (const [width, height] of [
    [1, 1],
    [1, 50],
    [50, 1],
    [300, 201],
  ] as const) {
    for (const colours of [2, 3, 17, 256]) {
      const body = await paint(width, height).gif({ colours, dither: 0 }).toBuffer();
      expect(isFirstFrameBroken(body), `${width} x ${height}, ${colours} colours`).toBe(false);
      // One row more than there are codes for, and the row that may be missing.
      const descriptor = body.indexOf(Buffer.from([0x2c, 0, 0, 0, 0]));
      body.writeUInt16LE(height + 2, descriptor + 7);
      expect(isFirstFrameBroken(body), `${width} x ${height + 2}, ${colours} colours`).toBe(true);
    }
  }
});

test("bytes without a frame are left to the decoder", () => {
  for (const body of [Buffer.alloc(0), Buffer.from("GIF89a"), gifOf(9, 9, [])]) expect(isFirstFrameBroken(body)).toBe(false);
});

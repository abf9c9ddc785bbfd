// Enlarged pixels against OpenCV's.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enlarge } from "../../src/transform/enlarge.ts";
import type { Pixels } from "../../src/transform/pixels.ts";
import type { Interpolation } from "../../src/transform/transform-options.ts";

const KERNELS: readonly Interpolation[] = ["linear", "area", "cubic", "lanczos"];
const pictures = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }), channels: fc.constantFrom<1 | 3>(1, 3) })
  .chain(({ width, height, channels }) =>
    fc.uint8Array({ minLength: width * height * channels, maxLength: width * height * channels }).map((bytes): Pixels => {
      return { data: Buffer.from(bytes), width, height, channels };
    }),
  );

function turned({ data, width, height, channels }: Pixels): Pixels {
  const last = width * height - 1;
  const bytes = Buffer.from(data.map((_, place) => data[(last - Math.floor(place / channels)) * channels + (place % channels)] ?? 0));
  return { data: bytes, width, height, channels };
}

function largestDifference(left: Pixels, right: Pixels): number {
  return left.data.reduce((most, value, place) => Math.max(most, Math.abs(value - (right.data[place] ?? 0))), 0);
}

describe("enlarging", () => {
  it("gives what OpenCV gives", () => {
    const row = [0, 50, 200, 90, 255];
    const source: Pixels = { data: Buffer.from([...row, ...row, ...row]), width: 5, height: 3, channels: 1 };
    // cv2.resize 4.14 of the same three rows to 9 x 3.
    const expected: Readonly<Record<string, number[]>> = {
      nearest: [0, 0, 50, 50, 200, 200, 90, 90, 255],
      lanczos: [2, 0, 32, 141, 200, 132, 94, 190, 255],
      cubic: [0, 7, 36, 130, 200, 134, 98, 197, 255],
      linear: [0, 17, 44, 117, 200, 139, 108, 200, 255],
      area: [0, 10, 50, 110, 200, 134, 90, 222, 255],
    };
    for (const [kernel, values] of Object.entries(expected)) {
      const { data } = enlarge(source, 9, 3, kernel as Interpolation);
      const found = [...data.subarray(9, 18)];
      for (const [place, value] of values.entries())
        expect(Math.abs((found[place] ?? 0) - value), `${kernel} ${found.join()}`).toBeLessThanOrEqual(1);
    }
  });

  it("keeps the picture in its place: upside down stays upside down", () => {
    fc.assert(
      fc.property(pictures, fc.nat(20), fc.nat(20), fc.constantFrom(...KERNELS), (picture, wider, taller, kernel) => {
        const [width, height] = [picture.width + wider, picture.height + taller];
        const there = turned(enlarge(picture, width, height, kernel));
        expect(largestDifference(enlarge(turned(picture), width, height, kernel), there)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("leaves one colour as it is, whatever the size", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer({ min: 1, max: 9 }), fc.nat(30), fc.constantFrom(...KERNELS), (value, side, more, kernel) => {
        const picture: Pixels = { data: Buffer.alloc(side * side * 3, value), width: side, height: side, channels: 3 };
        expect(new Set(enlarge(picture, side + more, side + more, kernel).data)).toEqual(new Set([value]));
      }),
    );
  });
});

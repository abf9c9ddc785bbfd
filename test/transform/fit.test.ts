// Geometry of stored images against img2dataset's.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planFit, roundHalfEven } from "../../src/transform/fit.ts";
import type { ResizeMode } from "../../src/transform/transform-options.ts";

const FIXTURES = [
  [123, 456],
  [208, 495],
  [321, 421],
  [389, 535],
  [416, 264],
  [456, 123],
  [524, 316],
] as const;
const MODES: readonly ResizeMode[] = ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"];

const sizes = (resizeMode: ResizeMode, resizeOnlyIfBigger = false) =>
  FIXTURES.map(([width, height]) => {
    const plan = planFit(width, height, { imageSize: 256, resizeMode, resizeOnlyIfBigger });
    return `${plan.outWidth}x${plan.outHeight}`;
  });
const square = (count: number) => Array.from({ length: count }, () => "256x256");

describe("img2dataset's fixture images at 256", () => {
  test("keep_ratio brings the smaller side to the target", () => {
    expect(sizes("keep_ratio")).toEqual(["256x949", "256x609", "256x336", "256x352", "403x256", "949x256", "425x256"]);
  });

  test("keep_ratio_largest brings the larger side to the target", () => {
    expect(sizes("keep_ratio_largest")).toEqual(["69x256", "108x256", "195x256", "186x256", "256x162", "256x69", "256x154"]);
  });

  test("border and center_crop are square", () => {
    expect(sizes("border")).toEqual(square(7));
    expect(sizes("center_crop")).toEqual(square(7));
  });

  test("no leaves every size alone", () => {
    expect(sizes("no")).toEqual(FIXTURES.map(([width, height]) => `${width}x${height}`));
  });

  test("resize_only_if_bigger leaves pictures alone whose smaller side is not over the target", () => {
    expect(sizes("keep_ratio", true)).toEqual(["123x456", "208x495", "256x336", "256x352", "403x256", "456x123", "425x256"]);
    expect(sizes("center_crop", true)).toEqual(["123x456", "208x495", "256x256", "256x256", "256x256", "456x123", "256x256"]);
  });

  test("resize_only_if_bigger judges border and keep_ratio_largest by the larger side", () => {
    expect(sizes("border", true)).toEqual(square(7));
    expect(sizes("keep_ratio_largest", true)).toEqual(sizes("keep_ratio_largest"));
  });
});

test("halves are rounded to the even neighbour, as Python does", () => {
  expect([0.5, 1.5, 2.5, 170.5, 171.5, 170.49, 170.51].map(roundHalfEven)).toEqual([0, 2, 2, 170, 172, 170, 171]);
  const plan = planFit(512, 341, { imageSize: 256, resizeMode: "keep_ratio_largest", resizeOnlyIfBigger: false });
  expect([plan.outWidth, plan.outHeight]).toEqual([256, 170]);
});

test("a strip keeps at least one pixel", () => {
  const plan = planFit(2000, 1, { imageSize: 256, resizeMode: "keep_ratio_largest", resizeOnlyIfBigger: false });
  expect([plan.outWidth, plan.outHeight]).toEqual([256, 1]);
});

test("the odd remainder of a border goes to the bottom and the right", () => {
  const wide = planFit(456, 123, { imageSize: 256, resizeMode: "border", resizeOnlyIfBigger: false });
  expect(wide.pad).toEqual({ left: 0, top: 93, right: 0, bottom: 94 });
  const tall = planFit(123, 456, { imageSize: 256, resizeMode: "border", resizeOnlyIfBigger: false });
  expect(tall.pad).toEqual({ left: 93, top: 0, right: 94, bottom: 0 });
});

test("a crop is centred, the odd remainder cut off at the bottom or the right", () => {
  const plan = planFit(524, 316, { imageSize: 256, resizeMode: "center_crop", resizeOnlyIfBigger: false });
  expect([plan.scaledWidth, plan.scaledHeight, plan.crop]).toEqual([425, 256, { left: 84, top: 0 }]);
});

test("a picture that has the target's size already counts as not resized", () => {
  for (const resizeMode of MODES) {
    expect(planFit(256, 256, { imageSize: 256, resizeMode, resizeOnlyIfBigger: false }).isResized).toBe(false);
  }
});

test("without enlarging, small pictures keep their pixels: padded by border, cropped if a side is over, else left alone", () => {
  const planOf = (width: number, height: number, resizeMode: (typeof MODES)[number]) =>
    planFit(width, height, { imageSize: 256, resizeMode, resizeOnlyIfBigger: false, upscale: false });
  expect(planOf(100, 80, "border")).toMatchObject({
    scaledWidth: 100,
    outWidth: 256,
    outHeight: 256,
    pad: { left: 78, top: 88 },
    isResized: true,
  });
  expect(planOf(100, 300, "center_crop")).toMatchObject({ scaledHeight: 300, outWidth: 100, outHeight: 256, crop: { left: 0, top: 22 } });
  expect(planOf(100, 80, "center_crop").isResized).toBe(false);
  expect(planOf(100, 80, "keep_ratio").isResized).toBe(false);
  expect(planOf(100, 300, "keep_ratio_largest")).toMatchObject({ outWidth: 85, outHeight: 256 });
  for (const mode of MODES)
    expect(planOf(900, 600, mode)).toEqual(planFit(900, 600, { imageSize: 256, resizeMode: mode, resizeOnlyIfBigger: false }));
});

test("every plan is consistent, whatever the size", () => {
  const side = fc.integer({ min: 1, max: 20_000 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.integer({ min: 1, max: 2048 }),
      fc.constantFrom(...MODES),
      fc.boolean(),
      (width, height, imageSize, mode, only) => {
        const plan = planFit(width, height, { imageSize, resizeMode: mode, resizeOnlyIfBigger: only });
        const { pad, crop } = plan;
        expect(Math.min(plan.scaledWidth, plan.scaledHeight, plan.outWidth, plan.outHeight)).toBeGreaterThanOrEqual(1);
        if (pad) {
          expect(plan.scaledWidth + pad.left + pad.right).toBe(plan.outWidth);
          expect(plan.scaledHeight + pad.top + pad.bottom).toBe(plan.outHeight);
          expect(Math.min(pad.left, pad.top)).toBeGreaterThanOrEqual(0);
          expect(Math.max(pad.right - pad.left, pad.bottom - pad.top)).toBeLessThanOrEqual(1);
        }
        if (crop) {
          expect(crop.left + plan.outWidth).toBeLessThanOrEqual(plan.scaledWidth);
          expect(crop.top + plan.outHeight).toBeLessThanOrEqual(plan.scaledHeight);
        }
        if (!pad && !crop) expect([plan.outWidth, plan.outHeight]).toEqual([plan.scaledWidth, plan.scaledHeight]);
        if (!plan.isResized) expect([plan.outWidth, plan.outHeight]).toEqual([width, height]);
        if (only && !plan.isDownscale) expect(plan.isResized).toBe(false);
        if (!only && mode === "keep_ratio") expect(Math.min(plan.outWidth, plan.outHeight)).toBe(imageSize);
        if (!only && (mode === "border" || mode === "center_crop")) expect([plan.outWidth, plan.outHeight]).toEqual([imageSize, imageSize]);
      },
    ),
  );
});

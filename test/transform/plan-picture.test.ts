// Limits on sizes, which refuse pictures before they are decoded.
import { expect, test } from "vitest";
import { planPicture } from "../../src/transform/plan-picture.ts";
import type { TransformOptions } from "../../src/transform/transform-options.ts";
import { options } from "../support/transform/paint.ts";

const codeOf = (width: number, height: number, changes: Partial<TransformOptions>) => {
  const plan = planPicture(width, height, options(changes));
  return "code" in plan ? plan.code : "fits";
};

test("a picture passes exactly at each limit and fails one beyond it", () => {
  expect(codeOf(100, 200, { minImageSize: 100 })).toBe("fits");
  expect(codeOf(99, 200, { minImageSize: 100 })).toBe("image_too_small");
  expect(codeOf(100, 200, { maxImageArea: 20_000 })).toBe("fits");
  expect(codeOf(100, 201, { maxImageArea: 20_000 })).toBe("area_too_large");
  expect(codeOf(100, 200, { maxAspectRatio: 2 })).toBe("fits");
  expect(codeOf(100, 201, { maxAspectRatio: 2 })).toBe("aspect_ratio_too_large");
  expect(codeOf(100, 200, { maxPixels: 20_000, resizeMode: "no" })).toBe("fits");
  expect(codeOf(100, 201, { maxPixels: 20_000, resizeMode: "no" })).toBe("too_many_pixels");
});

test("if several limits are broken, img2dataset's order decides", () => {
  const all = { minImageSize: 100, maxImageArea: 10, maxAspectRatio: 2, maxPixels: 10 };
  expect(codeOf(10, 1000, all)).toBe("image_too_small");
  expect(codeOf(100, 1000, all)).toBe("area_too_large");
  expect(codeOf(100, 1000, { ...all, maxImageArea: Number.POSITIVE_INFINITY })).toBe("aspect_ratio_too_large");
});

test("a strip that would become too long for the format is refused before it is decoded", () => {
  expect(codeOf(2000, 1, { resizeMode: "keep_ratio" })).toBe("encode_failed");
  expect(codeOf(2000, 1, { resizeMode: "keep_ratio_largest" })).toBe("fits");
  expect(codeOf(20_000, 256, { encodeFormat: "webp" })).toBe("encode_failed");
  expect(codeOf(20_000, 256, { encodeFormat: "jpg" })).toBe("fits");
});

test("a strip that would be enlarged to more pixels than may be decoded is refused", () => {
  expect(codeOf(20_000, 1, { resizeMode: "center_crop", imageSize: 512 })).toBe("encode_failed");
});

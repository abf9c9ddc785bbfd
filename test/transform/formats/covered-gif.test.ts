import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { coveredGif } from "../../../src/transform/formats/covered-gif.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { settleSharp, transformImage } from "../../../src/transform/transform-image.ts";
import { gifOf } from "../../support/transform/gif.ts";
import { options, painted } from "../../support/transform/paint.ts";

beforeAll(() => settleSharp());

async function storedPixels(body: Buffer) {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  const changed = options({ resizeMode: "no", encodeFormat: "png", encodeQuality: 6 });
  const result = await transformImage(body, { purpose: "store", header: probed.header, options: changed });
  if (!result.ok) throw new Error(result.failure.code);
  const { data, info } = await sharp(result.image).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)];
  return { at, width: info.width, height: info.height };
}

test("what the first frame of a GIF leaves free is white, and its pixels stay in their place", async () => {
  const part = { left: 10, top: 5, width: 20, height: 10 };
  for (const frames of [[part], [part, { width: 40, height: 30 }]]) {
    const { at, width, height } = await storedPixels(gifOf(40, 30, frames));
    expect([width, height]).toEqual([40, 30]);
    expect([at(0, 0), at(39, 29), at(9, 5), at(30, 14)]).toEqual(Array(4).fill([255, 255, 255]));
    expect([at(10, 5), at(29, 14)]).toEqual(Array(2).fill([255, 0, 0]));
  }
});

test("a covered screen, a GIF that ends in its first frame and other bytes are returned themselves", async () => {
  const covered = gifOf(20, 10, [{ width: 20, height: 10 }]);
  const cut = gifOf(40, 30, [{ width: 20, height: 10 }]).subarray(0, -10);
  for (const body of [covered, cut, Buffer.alloc(0), Buffer.from("GIF89a"), ...Object.values(await painted())]) {
    expect(coveredGif(body)).toBe(body);
  }
});

// Repairs of GIF, WebP and AVIF files that libvips refuses or shows wrongly.
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { probe } from "../../../src/transform/formats/probe.ts";
import { coverGif, nameAvifFirst, padWebp } from "../../../src/transform/formats/repairs.ts";
import { settleSharp, transformImage } from "../../../src/transform/transform-image.ts";
import { gifOf } from "../../support/transform/gif.ts";
import { options, paint, painted } from "../../support/transform/paint.ts";

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

test("the part of a GIF that its first frame leaves free is white, and its pixels keep their place", async () => {
  const part = { left: 10, top: 5, width: 20, height: 10 };
  for (const frames of [[part], [part, { width: 40, height: 30 }]]) {
    const { at, width, height } = await storedPixels(gifOf(40, 30, frames));
    expect([width, height]).toEqual([40, 30]);
    expect([at(0, 0), at(39, 29), at(9, 5), at(30, 14)]).toEqual(Array(4).fill([255, 255, 255]));
    expect([at(10, 5), at(29, 14)]).toEqual(Array(2).fill([255, 0, 0]));
  }
});

test("a covered screen, a GIF that ends in its first frame and other bytes are returned unchanged", async () => {
  const covered = gifOf(20, 10, [{ width: 20, height: 10 }]);
  const cut = gifOf(40, 30, [{ width: 20, height: 10 }]).subarray(0, -10);
  for (const body of [covered, cut, Buffer.alloc(0), Buffer.from("GIF89a"), ...Object.values(await painted())]) {
    expect(coverGif(body)).toBe(body);
  }
});

/** A lossless WebP whose only chunk has an odd size, and no padding byte behind it. */
async function unpadded(): Promise<Buffer> {
  for (let width = 40; width < 80; width += 1) {
    const body = await paint(width, 30).webp({ lossless: true }).toBuffer();
    if (body.readUInt32LE(16) % 2 === 0) continue;
    body.writeUInt32LE(body.length - 9, 4);
    return body.subarray(0, -1);
  }
  throw new Error("every chunk has an even size");
}

test("a WebP whose last chunk lacks its padding is decoded as if it had it", async () => {
  const body = await unpadded();
  await expect(sharp(body).raw().toBuffer()).rejects.toThrow();
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  const result = await transformImage(body, { purpose: "store", header: probed.header, options: options({ imageSize: 20 }) });
  expect(result).toMatchObject({ ok: true, height: 20, originalHeight: 30 });
});

test("bytes that need no padding are returned unchanged", async () => {
  const others = [...Object.values(await painted()), Buffer.from("RIFF"), (await unpadded()).subarray(0, -1), Buffer.alloc(0)];
  for (const body of others) expect(padWebp(body)).toBe(body);
});

test("pictures that need no other brand in front are returned unchanged", async () => {
  for (const body of [...Object.values(await painted()), Buffer.alloc(0), Buffer.from("ftyp")]) expect(nameAvifFirst(body)).toBe(body);
});

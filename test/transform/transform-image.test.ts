// Bodies of every format become stored images, or failures with their reason.
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { encodePicture } from "../../src/transform/encode-picture.ts";
import { planFit } from "../../src/transform/fit.ts";
import { probe } from "../../src/transform/formats/probe.ts";
import { settleSharp, transformImage } from "../../src/transform/transform-image.ts";
import type { TransformOptions } from "../../src/transform/transform-options.ts";
import { options, paint, painted } from "../support/transform/paint.ts";

beforeAll(() => settleSharp());

async function store(body: Buffer, changes: Partial<TransformOptions> = {}, purpose: "store" | "verify" = "store") {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  return transformImage(body, { purpose, header: probed.header, options: options(changes) });
}

async function stored(body: Buffer, changes: Partial<TransformOptions> = {}) {
  const result = await store(body, changes);
  if (!result.ok) throw new Error(`${result.failure.code} ${result.failure.detail}`);
  return result;
}

const pixel = async (image: Buffer, x: number, y: number) => {
  const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
};

test("every format becomes a JPEG of the planned size", async () => {
  for (const [name, body] of Object.entries(await painted(300, 201))) {
    const result = await stored(body, { imageSize: 128 });
    const seen = await sharp(result.image).metadata();
    expect([seen.format, seen.width, seen.height], name).toEqual(["jpeg", 191, 128]);
    expect([result.width, result.height, result.originalWidth, result.originalHeight], name).toEqual([191, 128, 300, 201]);
  }
});

test("the first picture of an AVIF sequence is stored", async () => {
  const { avif = Buffer.alloc(0) } = await painted(300, 201);
  const sequence = Buffer.from(avif);
  sequence.write("avis", 8, "latin1");
  expect(await store(sequence, {}, "verify")).toMatchObject({ ok: true, width: 300, height: 201 });
  expect((await stored(sequence, { imageSize: 128 })).image.equals((await stored(avif, { imageSize: 128 })).image)).toBe(true);
});

test("an AVIF is decoded whichever of its brands comes first", async () => {
  const { avif = Buffer.alloc(0) } = await painted(300, 201);
  const { image } = await stored(avif, { imageSize: 128 });
  for (const brand of ["mif1", "miaf", "MA1B", "avio", "isom"]) {
    const branded = Buffer.from(avif);
    branded.write(brand, 8, "latin1");
    expect((await stored(branded, { imageSize: 128 })).image.equals(image), brand).toBe(true);
  }
});

test("a damaged AVIF fails with the decoder's own words", async () => {
  const { avif = Buffer.alloc(0) } = await painted(300, 201);
  const damaged = Buffer.from(avif).fill(0, avif.indexOf("mdat") + 4);
  expect(await store(damaged)).toMatchObject({ failure: { code: "decode_failed", detail: expect.stringMatching(/^heif: /) } });
});

test("large JPEGs that are shrunk while decoding hit the target to the pixel", async () => {
  for (const [width, height] of [
    [1999, 1333],
    [2401, 1607],
    [1023, 3001],
  ] as const) {
    const body = await paint(width, height).jpeg().toBuffer();
    for (const imageSize of [100, 255, 384]) {
      const plan = planFit(width, height, options({ imageSize }));
      const result = await stored(body, { imageSize });
      expect([result.width, result.height]).toEqual([plan.outWidth, plan.outHeight]);
    }
  }
});

test("all four containers can be written", async () => {
  const body = await paint(100, 80).jpeg().toBuffer();
  for (const encodeFormat of ["jpg", "png", "webp", "avif"] as const) {
    const { image } = await stored(body, { imageSize: 40, encodeFormat, encodeQuality: encodeFormat === "png" ? 6 : 80 });
    expect((await sharp(image).metadata()).width).toBe(50);
    expect(probe(image)).toMatchObject({ kind: "image", header: { format: encodeFormat === "jpg" ? "jpeg" : encodeFormat } });
  }
});

test("JPEGs are written at the quality asked for, 4:2:0", async () => {
  const body = await paint(200, 200).png().toBuffer();
  const [high, low] = [await stored(body, { encodeQuality: 95 }), await stored(body, { encodeQuality: 30 })];
  expect(high.image.length).toBeGreaterThan(2 * low.image.length);
  expect((await sharp(high.image).metadata()).chromaSubsampling).toBe("4:2:0");
});

test("transparency becomes white, also in formats that could keep it", async () => {
  const clear = { create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } } as const;
  for (const encodeFormat of ["jpg", "png", "webp"] as const) {
    const { image } = await stored(await sharp(clear).png().toBuffer(), {
      imageSize: 10,
      encodeFormat,
      encodeQuality: encodeFormat === "png" ? 9 : 95,
    });
    expect(await pixel(image, 5, 5)).toEqual([255, 255, 255]);
  }
});

test("grey stays grey with one channel, also with a border", async () => {
  const body = await paint(100, 60).toColourspace("b-w").jpeg().toBuffer();
  for (const resizeMode of ["keep_ratio", "border", "no"] as const) {
    expect((await sharp((await stored(body, { resizeMode, imageSize: 32 })).image).metadata()).channels).toBe(1);
  }
});

test("CMYK, 16 bit and Display P3 become 8-bit sRGB without a profile", async () => {
  const bodies = [
    await paint(40, 40).toColourspace("cmyk").jpeg().toBuffer(),
    await paint(40, 40).toColourspace("rgb16").png().toBuffer(),
    await paint(40, 40).withIccProfile("p3").jpeg().toBuffer(),
  ];
  for (const body of bodies) {
    const seen = await sharp((await stored(body, { imageSize: 20 })).image).metadata();
    expect([seen.space, seen.channels, seen.depth, seen.hasProfile]).toEqual(["srgb", 3, "uchar", false]);
  }
});

test("a picture whose profile is sRGB is stored as if it had none, bit for bit", async () => {
  const tagged = await paint(300, 200).withIccProfile("srgb").jpeg().toBuffer();
  const marker = tagged.indexOf("ICC_PROFILE");
  const start = marker - 4;
  const bare = Buffer.concat([tagged.subarray(0, start), tagged.subarray(start + 2 + tagged.readUInt16BE(start + 2))]);
  expect((await stored(tagged, { imageSize: 128 })).image.equals((await stored(bare, { imageSize: 128 })).image)).toBe(true);
});

test("CMYK that is shrunk first has the colours of CMYK that is converted first", async () => {
  const body = await paint(400, 300).toColourspace("cmyk").jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();
  const { image } = await stored(body, { imageSize: 150, encodeFormat: "png", encodeQuality: 6 });
  const found = await sharp(image).raw().toBuffer();
  const wanted = await sharp(body).resize(200, 150, { fit: "fill", kernel: "cubic" }).raw().toBuffer();
  expect(found.length).toBe(wanted.length);
  let squares = 0;
  for (let at = 0; at < found.length; at++) squares += ((found[at] ?? 0) - (wanted[at] ?? 0)) ** 2;
  expect(10 * Math.log10((255 * 255 * found.length) / squares)).toBeGreaterThan(35);
});

test("a border is white, with the odd row at the bottom", async () => {
  const body = await sharp({ create: { width: 64, height: 31, channels: 3, background: "#000" } })
    .png()
    .toBuffer();
  const { image } = await stored(body, { resizeMode: "border", imageSize: 64, encodeFormat: "png", encodeQuality: 1 });
  expect(await pixel(image, 30, 15)).toEqual([255, 255, 255]);
  expect(await pixel(image, 30, 16)).toEqual([0, 0, 0]);
  expect(await pixel(image, 30, 46)).toEqual([0, 0, 0]);
  expect(await pixel(image, 30, 47)).toEqual([255, 255, 255]);
});

test("a centre crop takes the middle", async () => {
  const third = (background: string) => ({ create: { width: 100, height: 100, channels: 3 as const, background } });
  const middle = await sharp(third("#00ff00")).png().toBuffer();
  const body = await sharp({ create: { width: 300, height: 100, channels: 3, background: "#ff0000" } })
    .composite([{ input: middle, left: 100, top: 0 }])
    .png()
    .toBuffer();
  const { image } = await stored(body, { resizeMode: "center_crop", imageSize: 100, encodeFormat: "png", encodeQuality: 1 });
  expect(await pixel(image, 0, 0)).toEqual([0, 255, 0]);
  expect(await pixel(image, 99, 99)).toEqual([0, 255, 0]);
});

test("the orientation tag is removed and not applied", async () => {
  const body = await paint(100, 50).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const result = await stored(body, { imageSize: 50, resizeMode: "keep_ratio_largest" });
  expect([result.width, result.height, (await sharp(result.image).metadata()).orientation]).toEqual([50, 25, undefined]);
});

test("an animation gives its first frame", async () => {
  const frames = Buffer.concat([Buffer.alloc(20 * 20 * 3, 0), Buffer.alloc(20 * 20 * 3, 255)]);
  const body = await sharp(frames, { raw: { width: 20, height: 40, channels: 3, pageHeight: 20 } })
    .gif()
    .toBuffer();
  const result = await stored(body, { resizeMode: "no", encodeFormat: "png", encodeQuality: 1 });
  expect([result.width, result.height]).toEqual([20, 20]);
  expect(await pixel(result.image, 10, 10)).toEqual([0, 0, 0]);
});

test("a GIF whose screen the decoder does not believe keeps its shape, and has the decoder's sizes", async () => {
  for (const [width, height] of [
    [640, 480],
    [50, 300],
    [500, 300],
  ] as const) {
    const body = await paint(200, 200).gif().toBuffer();
    body.writeUInt16LE(width, 6);
    body.writeUInt16LE(height, 8);
    const seen = await sharp(body).metadata();
    const result = await stored(body, { resizeMode: "no" });
    expect([result.width, result.height, result.originalWidth, result.originalHeight], `${width} x ${height}`).toEqual([
      seen.width,
      seen.height,
      seen.width,
      seen.height,
    ]);
    const shrunk = await stored(body, { imageSize: 50 });
    expect(shrunk.width / shrunk.height).toBeCloseTo(seen.width / seen.height, 1);
  }
});

test("a cut picture is truncated, a damaged one fails to decode, and none rejects", async () => {
  for (const [name, body] of Object.entries(await painted(200, 200))) {
    if (name.includes("gif") || name.includes("avif")) continue;
    const cut = body.subarray(0, Math.floor(body.length * 0.6));
    for (const purpose of ["store", "verify"] as const) {
      const result = await store(cut, {}, purpose);
      expect(result.ok ? "ok" : result.failure.code, `${name} ${purpose}`).toBe("truncated");
    }
  }
  const broken = Buffer.from((await painted())["jpeg"] ?? []);
  broken.fill(0, 200, 500);
  expect((await store(broken)).ok).toBe(false);
});

test("a PNG whose pixels do not match their checksum fails to decode, unless broken pictures are accepted", async () => {
  for (const progressive of [false, true]) {
    const body = await paint(120, 90).png({ progressive }).toBuffer();
    // The last bytes of the pixels' checksum, before the 12 of the end marker.
    const at = body.length - 13;
    body.writeUInt8(body.readUInt8(at) ^ 1, at);
    for (const changes of [{ imageSize: 50 }, { imageSize: 400 }, { resizeMode: "no" }] as const) {
      expect(await store(body, changes)).toMatchObject({ ok: false, failure: { code: "decode_failed" }, originalWidth: 120 });
      expect((await store(body, { ...changes, acceptTruncated: true })).ok).toBe(true);
    }
  }
});

test("a GIF whose first frame was overwritten in the middle fails to decode; padding and a missing trailer do not matter", async () => {
  const body = await paint(120, 90).gif().toBuffer();
  const overwritten = Buffer.from(body);
  overwritten.fill(0, body.length - 4000, body.length - 3000);
  expect(await store(overwritten)).toMatchObject({ ok: false, failure: { code: "decode_failed" }, originalWidth: 120, originalHeight: 90 });
  expect((await store(overwritten, { acceptTruncated: true })).ok).toBe(true);
  const image = (await stored(body)).image;
  const ends = [Buffer.from([0, 0, 0x3b]), Buffer.alloc(0), Buffer.from(";junk")];
  for (const end of ends) expect((await stored(Buffer.concat([body.subarray(0, -1), end]))).image.equals(image)).toBe(true);
});

test("a picture that ends early is truncated even if a centre crop needs none of the missing part", async () => {
  const tall = () => paint(100, 400);
  for (const body of [await tall().jpeg().toBuffer(), await tall().png().toBuffer()]) {
    for (const imageSize of [50, 100]) {
      const changes = { resizeMode: "center_crop", imageSize } as const;
      const cut = body.subarray(0, Math.floor(body.length * 0.9));
      expect(await store(cut, changes)).toMatchObject({ ok: false, failure: { code: "truncated" }, originalHeight: 400 });
      expect(await store(cut, { ...changes, acceptTruncated: true })).toMatchObject({ ok: true, width: imageSize, height: imageSize });
      const more = Buffer.concat([body, Buffer.from("<html>\0\0")]);
      expect(await store(more, changes)).toMatchObject({ ok: true, width: imageSize, height: imageSize });
    }
  }
});

test("an SVG is not loaded even if it gets this far", async () => {
  const header = { format: "png", hasAlpha: false, isGrey: false, isProgressive: false } as const;
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>');
  expect(await transformImage(svg, { purpose: "store", header, options: options() })).toMatchObject({
    ok: false,
    failure: { detail: "Input buffer contains unsupported image format" },
  });
});

test("painted pixels are encoded in every format", async () => {
  const pixels = { data: Buffer.alloc(30 * 20 * 3, 90), width: 30, height: 20, channels: 3 } as const;
  for (const format of ["jpg", "png", "webp", "avif"] as const) {
    expect(probe(await encodePicture(pixels, format, 9))).toMatchObject({ header: { size: { width: 30, height: 20 } } });
  }
});

// The transformer: which bodies are stored as they came, re-encoded or refused.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { planFit } from "../../src/transform/fit.ts";
import type { TransformOptions } from "../../src/transform/transform-options.ts";
import { createTransformer, type Transformer } from "../../src/transform/transformer.ts";
import { corpusFolder } from "../support/corpus.ts";
import { options, paint, painted } from "../support/transform/paint.ts";

let transformer: Transformer | undefined;
afterEach(() => transformer?.close());

function start(changes: Partial<TransformOptions> = {}): Transformer {
  transformer = createTransformer(options(changes), { environment: process.env, processes: 1, threadsPerProcess: 2 });
  return transformer;
}

test("a picture is resized and described", async () => {
  const body = await paint(600, 400)
    .withExif({ IFD0: { Make: "Canon" } })
    .jpeg()
    .toBuffer();
  const result = await start({ imageSize: 200 }).transform(body);
  expect(result).toMatchObject({
    ok: true,
    extension: "jpg",
    width: 300,
    height: 200,
    originalWidth: 600,
    originalHeight: 400,
    sourceFormat: "jpeg",
    isReencoded: true,
  });
  expect(result.ok && result.exif).toContain('"Image Make":"Canon"');
});

test("skip_reencode keeps an AVIF, and encodes a turned, a transparent and a resized one again", async () => {
  const { avif = Buffer.alloc(0), "transparent avif": transparent = Buffer.alloc(0), jpeg = Buffer.alloc(0) } = await painted(200, 100);
  const running = start({ skipReencode: true, resizeOnlyIfBigger: true, encodeFormat: "avif", encodeQuality: 85 });
  const kept = await running.transform(avif);
  expect(kept).toMatchObject({ ok: true, extension: "avif", sourceFormat: "avif", width: 200, height: 100, isReencoded: false });
  expect(kept.ok && kept.image).toBe(avif);
  expect(running.pids).toEqual([]);
  expect(await running.transform(avif.subarray(0, -20))).toMatchObject({ ok: false, failure: { code: "truncated" }, originalWidth: 200 });
  const turned = Buffer.from(avif);
  turned.write("irot", turned.indexOf("pixi"), "latin1");
  const large = await paint(300, 300).avif({ effort: 0 }).toBuffer();
  for (const body of [turned, transparent, jpeg, large]) {
    const result = await running.transform(body);
    expect(result).toMatchObject({ ok: true, extension: "avif", isReencoded: true });
    if (result.ok) expect(await sharp(result.image).metadata()).toMatchObject({ format: "heif", compression: "av1", hasAlpha: false });
  }
});

test("bytes that are no picture are told apart without a decoder", async () => {
  const running = start();
  const codes = [];
  for (const text of [
    "",
    "<html>",
    "%PDF-1.4",
    '<svg xmlns="x">',
    "8BPS\0\x01",
    "\xff\x0a\xfa\x12",
    "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
  ]) {
    const result = await running.transform(Buffer.from(text, "latin1"));
    codes.push(result.ok ? "ok" : `${result.failure.code} ${result.failure.detail ?? ""}`.trim());
  }
  expect(codes).toEqual([
    "empty_body",
    "not_an_image",
    ...["pdf", "svg", "psd", "jxl", "heic"].map((name) => `unsupported_format ${name}`),
  ]);
  expect(running.pids).toEqual([]);
});

test("a header that announces a bomb is refused without a decoder", async () => {
  const bomb = Buffer.from((await painted())["png"] ?? []);
  bomb.writeUInt32BE(50_000, 16);
  bomb.writeUInt32BE(50_000, 20);
  const running = start();
  expect(await running.transform(bomb)).toMatchObject({ failure: { code: "too_many_pixels" }, originalWidth: 50_000, sourceFormat: "png" });
  expect(running.pids).toEqual([]);
});

test("skip_reencode returns the very bytes if nothing would change", async () => {
  const running = start({ skipReencode: true, resizeOnlyIfBigger: true });
  const body = await paint(200, 100).jpeg().toBuffer();
  const result = await running.transform(body);
  expect(result).toMatchObject({ ok: true, width: 200, height: 100, isReencoded: false });
  expect(result.ok && result.image).toBe(body);
  expect(running.pids).toEqual([]);
});

test("skip_reencode re-encodes another container, a resized picture and a transparent one", async () => {
  const { png, webp, "transparent png": transparent } = await painted(200, 100);
  const jpg = start({ skipReencode: true, resizeOnlyIfBigger: true });
  expect(await jpg.transform(webp ?? Buffer.alloc(0))).toMatchObject({ ok: true, isReencoded: true, sourceFormat: "webp" });
  expect(await jpg.transform(await paint(300, 300).jpeg().toBuffer())).toMatchObject({ width: 256, isReencoded: true });
  await jpg.close();
  const running = start({ skipReencode: true, resizeMode: "no", encodeFormat: "png", encodeQuality: 6 });
  expect(await running.transform(png ?? Buffer.alloc(0))).toMatchObject({ ok: true, isReencoded: false });
  const flattened = await running.transform(transparent ?? Buffer.alloc(0));
  expect(flattened).toMatchObject({ ok: true, isReencoded: true });
  if (flattened.ok) expect((await sharp(flattened.image).metadata()).hasAlpha).toBe(false);
});

test("a JPEG of a kind that no decoder here reads is not stored as it came", async () => {
  const body = await paint(200, 100).jpeg().toBuffer();
  const frame = body.indexOf(Buffer.from([0xff, 0xc0, 0, 17, 8]));
  const running = start({ skipReencode: true, resizeMode: "no" });
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(body);
    copy[frame + at] = value;
    return copy;
  };
  const rare = [0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf].map((marker) => changed(1, marker));
  for (const picture of [...rare, changed(4, 12)]) {
    expect(await running.transform(picture)).toMatchObject({ ok: false, failure: { code: "decode_failed" }, originalWidth: 200 });
  }
  for (const marker of [0xc0, 0xc1]) expect(await running.transform(changed(1, marker))).toMatchObject({ isReencoded: false });
});

test("a PNG with an unknown critical chunk is not stored as it came", async () => {
  const body = await paint(200, 100).png().toBuffer();
  // Apple's chunk stands before all others. Its developer tools write it for its own devices alone.
  const apples = Buffer.concat([body.subarray(0, 8), Buffer.from("0000000443674249500020022bd5b37f", "hex"), body.subarray(8)]);
  const running = start({ skipReencode: true, resizeMode: "no", encodeFormat: "png", encodeQuality: 6 });
  expect(await running.transform(apples)).toMatchObject({ ok: false, failure: { code: "decode_failed" }, originalWidth: 200 });
  expect(await running.transform(body)).toMatchObject({ isReencoded: false });
});

test("a truncated picture is not stored as it came", async () => {
  const body = await paint(200, 100).jpeg().toBuffer();
  const result = await start({ skipReencode: true, resizeOnlyIfBigger: true }).transform(body.subarray(0, body.length - 50));
  expect(result).toMatchObject({ ok: false, failure: { code: "truncated" }, originalWidth: 200 });
});

test("verify_images finds damage in bytes that would be stored as they came", async () => {
  const body = await paint(200, 100).jpeg().toBuffer();
  // The end marker is there, half of the picture is not.
  const damaged = Buffer.concat([body.subarray(0, Math.floor(body.length / 2)), Buffer.from([0xff, 0xd9])]);
  const changes = { skipReencode: true, resizeOnlyIfBigger: true };
  const trusting = start(changes);
  expect((await trusting.transform(damaged)).ok).toBe(true);
  await trusting.close();
  const running = start({ ...changes, verifyImages: true });
  expect(await running.transform(damaged)).toMatchObject({ ok: false, failure: { code: "truncated" } });
  const intact = await running.transform(body);
  expect(intact.ok && intact.image).toBe(body);
});

test("verify_images finds damage in a picture that is stored in another size, and refuses no whole one", async () => {
  const body = await paint(200, 100).jpeg().toBuffer();
  const damaged = Buffer.concat([body.subarray(0, Math.floor(body.length / 2)), Buffer.from([0xff, 0xd9])]);
  const running = start({ imageSize: 50, verifyImages: true });
  expect(await running.transform(damaged)).toMatchObject({ ok: false, failure: { code: "truncated" }, originalWidth: 200 });
  expect(await running.transform(body)).toMatchObject({ ok: true, isReencoded: true });
});

test("verify_images finds damage in a picture's last row", async () => {
  const body = await paint(160, 120).jpeg().toBuffer();
  // A marker in place of pixels ends them for the decoder.
  body.set([0xff, 0x23], body.length - 20);
  const running = start({ skipReencode: true, resizeOnlyIfBigger: true, verifyImages: true });
  expect(await running.transform(body)).toMatchObject({ ok: false, failure: { code: "truncated" } });
});

test("disable_all_reencoding stores any bytes, under the format's name", async () => {
  const running = start({ disableAllReencoding: true, encodeFormat: "webp", minImageSize: 1000 });
  const html = Buffer.from("<html>");
  expect(await running.transform(html)).toEqual({
    ok: true,
    image: html,
    extension: "webp",
    width: null,
    height: null,
    originalWidth: null,
    originalHeight: null,
    sourceFormat: null,
    exif: "{}",
    isReencoded: false,
  });
  expect(await running.transform(await paint(9, 9).jpeg().toBuffer())).toMatchObject({ sourceFormat: "jpeg", width: null });
  expect(running.pids).toEqual([]);
});

test("true_extension names bytes that are stored as they came by what they are", async () => {
  const running = start({ disableAllReencoding: true, trueExtension: true });
  const extensions = [];
  for (const body of [
    await paint(9, 9).jpeg().toBuffer(),
    await paint(9, 9).gif().toBuffer(),
    Buffer.from("8BPS"),
    Buffer.from("<html>"),
  ]) {
    const result = await running.transform(body);
    extensions.push(result.ok && result.extension);
  }
  expect(extensions).toEqual(["jpg", "gif", "psd", "bin"]);
});

test("without extract_exif the field is null", async () => {
  expect(await start({ extractExif: false }).transform(await paint(300, 300).jpeg().toBuffer())).toMatchObject({ ok: true, exif: null });
});

test("filters apply to a picture whose size only the decoder knows", async () => {
  const turned = Buffer.from((await painted())["avif"] ?? []);
  // A box type that the probe takes for a rotation makes it distrust the size.
  turned.write("irot", turned.indexOf("pixi"), "latin1");
  const result = await start({ minImageSize: 100 }).transform(turned);
  expect(result).toMatchObject({ ok: false, failure: { code: "image_too_small" }, originalWidth: 60 });
});

test("a compression level beyond png's range is refused before any work", () => {
  expect(() => start({ encodeFormat: "png", encodeQuality: 95 })).toThrow(UsageError);
});

const corpus = corpusFolder();
test.skipIf(!corpus)("the corpus comes out in the planned sizes, and its HTML does not", async () => {
  const changes = { imageSize: 384, resizeOnlyIfBigger: true, skipReencode: true };
  const running = start(changes);
  const names = readdirSync(corpus ?? "").filter((file) => !file.endsWith(".tsv"));
  for (const name of names) {
    const result = await running.transform(readFileSync(join(corpus ?? "", name)));
    if (!result.ok) {
      expect(result.failure.code, name).toBe("not_an_image");
      continue;
    }
    const plan = planFit(result.originalWidth ?? 0, result.originalHeight ?? 0, options(changes));
    expect([result.width, result.height], name).toEqual([plan.outWidth, plan.outHeight]);
  }
});

// Headers of all formats against sharp, foreign formats, and hostile bytes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { exifJson } from "../../../src/transform/exif/exif-json.ts";
import { reachesItsEnd } from "../../../src/transform/formats/image-formats.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { corpusFolder } from "../../support/corpus.ts";
import { painted } from "../../support/transform/paint.ts";

let pictures: Record<string, Buffer> = {};
beforeAll(async () => {
  pictures = await painted(60, 40);
});

const headerOf = (body: Buffer) => {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error(`not recognised: ${probed.kind}`);
  return probed.header;
};

test("every decoded format gives its size, transparency and channels as sharp sees them", async () => {
  for (const [name, body] of Object.entries(pictures)) {
    const header = headerOf(body);
    const seen = await sharp(body).metadata();
    expect(header.size, name).toEqual({ width: 60, height: 40 });
    if (header.format !== "gif") expect(header.hasAlpha, name).toBe(seen.hasAlpha);
    expect(header.isGrey, name).toBe(seen.channels === 1);
    expect(header.isProgressive, name).toBe(seen.isProgressive);
  }
});

test("a JPEG states where its first scan begins", () => {
  const body = pictures["jpeg"] ?? Buffer.alloc(0);
  expect(body.readUInt16BE(headerOf(body).dataOffset ?? 0)).toBe(0xffda);
});

test("a PNG with one transparent colour counts as transparent", () => {
  const body = pictures["png"] ?? Buffer.alloc(0);
  const chunk = Buffer.from("\0\0\0\x06tRNS\0\0\0\0\0\0\0\0\0\0", "latin1");
  expect(headerOf(Buffer.concat([body.subarray(0, 33), chunk, body.subarray(33)])).hasAlpha).toBe(true);
});

describe("a format that is not decoded", () => {
  const known: Record<string, string | Buffer> = {
    tiff: "II*\0\x08\0\0\0",
    psd: "8BPS\0\x01",
    pdf: "%PDF-1.7",
    jxl: "\xff\x0a\xfa\x12",
    ico: "\0\0\x01\0\x01\0",
    pnm: "P6\n# a comment\n8 8\n255\n",
    heic: "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    bmp: Buffer.concat([Buffer.from("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "latin1"), Buffer.alloc(36)]),
    svg: '\ufeff<?xml version="1.0"?>\n<!-- <html> -->\n<!DOCTYPE svg>\n<svg xmlns="x"/>',
  };
  for (const [format, bytes] of Object.entries(known)) {
    test(`${format} is recognised`, () => {
      const body = typeof bytes === "string" ? Buffer.from(bytes, format === "svg" ? "utf8" : "latin1") : bytes;
      expect(probe(body)).toEqual({ kind: "unsupported", format });
    });
  }

  test("HTML, text, JSON and scraps are no pictures", () => {
    const texts = [
      "<!DOCTYPE html><html><svg></svg></html>",
      "BMW builds cars and other things",
      "P1 is a parking level",
      "{}",
      "\xff\xd8",
      "GIF",
      "RIFF",
      "",
    ];
    for (const text of texts) expect(probe(Buffer.from(text, "latin1")), text).toEqual({ kind: "unknown" });
  });
});

test("a 0 in a header is no size", () => {
  const body = Buffer.from(pictures["gif"] ?? []);
  body.writeUInt16LE(0, 6);
  expect(headerOf(body).size).toBeUndefined();
});

test("a GIF's screen is its size only if its frames reach exactly as far", async () => {
  const body = pictures["gif"] ?? Buffer.alloc(0);
  for (const [width, height] of [
    [640, 480],
    [2100, 300],
    [59, 40],
    [60, 41],
  ] as const) {
    const other = Buffer.from(body);
    other.writeUInt16LE(width, 6);
    other.writeUInt16LE(height, 8);
    expect(headerOf(other).size, `${width} x ${height}`).toBeUndefined();
  }
  const frames = Buffer.concat([Buffer.alloc(640 * 480 * 3, 0), Buffer.alloc(640 * 480 * 3, 255)]);
  const animation = await sharp(frames, { raw: { width: 640, height: 960, channels: 3, pageHeight: 480 } })
    .gif()
    .toBuffer();
  expect(headerOf(animation).size).toEqual({ width: 640, height: 480 });
});

test("hostile bytes never crash the probe, the end check or the EXIF reader", () => {
  const survive = (body: Buffer) => {
    const probed = probe(body);
    if (probed.kind !== "image") return;
    reachesItsEnd(body, probed.header);
    exifJson(body, probed.header);
  };
  const magics = Object.values(pictures).map((body) => body.subarray(0, 16));
  const tail = fc.uint8Array({ maxLength: 400 });
  fc.assert(fc.property(tail, (bytes) => survive(Buffer.from(bytes))));
  fc.assert(
    fc.property(fc.constantFrom(...magics), tail, (magic, bytes) => survive(Buffer.concat([magic, bytes]))),
    { numRuns: 500 },
  );
  const flips = fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(pictures)), fc.nat(3000), flips, (picture, length, changes) => {
      const body = Buffer.from(picture.subarray(0, length));
      for (const [at, value] of changes) if (at < body.length) body[at] = value;
      survive(body);
    }),
    { numRuns: 1000 },
  );
});

const corpus = corpusFolder();
test.skipIf(!corpus)("the corpus gives the sizes that sharp gives", async () => {
  for (const name of readdirSync(corpus ?? "").filter((file) => !file.endsWith(".tsv"))) {
    const body = readFileSync(join(corpus ?? "", name));
    const probed = probe(body);
    if (probed.kind !== "image" || !probed.header.size) continue;
    const { width, height, pageHeight } = await sharp(body).metadata();
    expect(probed.header.size, name).toEqual({ width, height: pageHeight ?? height });
  }
});

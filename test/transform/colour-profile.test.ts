// Which colour profiles are recognised as sRGB.
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import { hasSrgbProfile } from "../../src/transform/colour-profile.ts";
import { probe } from "../../src/transform/formats/probe.ts";
import { paint } from "../support/transform/paint.ts";

const isSrgb = (body: Buffer) => {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  return hasSrgbProfile(body, probed.header);
};

const COLOURANTS = [
  [0.43607, 0.22249, 0.01392],
  [0.38515, 0.71687, 0.09708],
  [0.14307, 0.06061, 0.7141],
] as const;
const srgbCurve = (encoded: number) => (encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4);

/** A version 2 profile: a matrix, and one table of 1,024 entries for all three curves. */
function profile(curve: (encoded: number) => number, colourants: readonly (readonly number[])[] = COLOURANTS, extraTag?: string): Buffer {
  const names = ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", ...(extraTag ? [extraTag] : [])];
  const data = 128 + 4 + 12 * names.length;
  const body = Buffer.alloc(data + 3 * 20 + 12 + 2048);
  body.write("RGB XYZ ", 16, "latin1");
  body.write("acsp", 36, "latin1");
  body.writeUInt32BE(names.length, 128);
  names.forEach((name, index) => {
    body.write(name, 132 + 12 * index, "latin1");
    body.writeUInt32BE(data + 20 * Math.min(index, 3), 132 + 12 * index + 4);
  });
  for (const [index, xyz] of colourants.entries()) {
    for (const [axis, value] of xyz.entries()) body.writeInt32BE(Math.round(value * 65_536), data + 20 * index + 8 + 4 * axis);
  }
  body.write("curv", data + 60, "latin1");
  body.writeUInt32BE(1024, data + 68);
  for (let entry = 0; entry < 1024; entry++) body.writeUInt16BE(Math.round(curve(entry / 1023) * 65_535), data + 72 + 2 * entry);
  return body;
}

/** The JPEG with this profile in its APP2 segment. */
async function jpegWith(icc: Buffer, pieces = 1): Promise<Buffer> {
  const jpeg = await paint(20, 20).jpeg().toBuffer();
  const payload = Buffer.concat([Buffer.from("ICC_PROFILE\0"), Buffer.from([1, pieces]), icc]);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe2, 0, 0]), payload]);
  segment.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

test("libvips' own sRGB is recognised in all containers that carry profiles, and Display P3 is not taken for it", async () => {
  for (const format of ["jpeg", "png", "webp"] as const) {
    const [srgb, p3] = ["srgb", "p3"].map((name) => paint(40, 30).withIccProfile(name).toFormat(format).toBuffer());
    expect(isSrgb((await srgb) as Buffer), format).toBe(true);
    expect(isSrgb((await p3) as Buffer), format).toBe(false);
    expect(isSrgb(await paint(40, 30).toFormat(format).toBuffer()), `${format} without a profile`).toBe(false);
  }
});

test("a matrix with sRGB's colourants and a table of its curve is sRGB", async () => {
  expect(isSrgb(await jpegWith(profile(srgbCurve)))).toBe(true);
});

test("another gamma, other colourants, tables, and a profile in pieces or cut off are not sRGB", async () => {
  const swapped = [COLOURANTS[1], COLOURANTS[0], COLOURANTS[2]];
  const whole = profile(srgbCurve);
  expect(isSrgb(await jpegWith(profile((encoded) => encoded ** 2.2)))).toBe(false);
  expect(isSrgb(await jpegWith(profile(srgbCurve, swapped)))).toBe(false);
  expect(isSrgb(await jpegWith(profile(srgbCurve, COLOURANTS, "A2B0")))).toBe(false);
  expect(isSrgb(await jpegWith(whole, 2))).toBe(false);
  for (const length of [0, 100, 131, 140, 200, 300, whole.length - 1]) {
    expect(isSrgb(await jpegWith(whole.subarray(0, length))), `${length} bytes`).toBe(false);
  }
});

test("a PNG's profile that inflates without end is not read", async () => {
  const bomb = await sharp(await paint(40, 30).withIccProfile("srgb").png().toBuffer())
    .keepIccProfile()
    .png()
    .toBuffer();
  expect(isSrgb(bomb)).toBe(true);
  const start = bomb.indexOf("iCCP");
  const data = Buffer.concat([Buffer.from("icc\0\0"), deflateSync(Buffer.alloc(1e6))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const end = start + 4 + bomb.readUInt32BE(start - 4) + 4;
  const made = Buffer.concat([bomb.subarray(0, start - 4), length, Buffer.from("iCCP"), data, Buffer.alloc(4), bomb.subarray(end)]);
  expect(isSrgb(made)).toBe(false);
});

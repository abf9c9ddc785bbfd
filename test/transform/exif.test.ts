import { expect, test } from "vitest";
import { exifJson } from "../../src/transform/exif.ts";
import { probe } from "../../src/transform/probe.ts";
import { paint } from "./support/paint.ts";

const exifOf = (body: Buffer) => {
  const probed = probe(body);
  return probed.kind === "image" ? exifJson(body, probed.header) : undefined;
};

const tags = {
  IFD0: { Make: "Canon", Software: "prep" },
  IFD2: { DateTimeOriginal: "2021:06:01 12:30:00", ExposureTime: "1/50" },
  IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 3230/100" },
};

/** A JPEG whose EXIF is this little-endian TIFF structure: entries of [tag, type, count, value], then more bytes. */
async function jpegWith(entries: readonly (readonly [number, number, number, number])[], more = Buffer.alloc(0)): Promise<Buffer> {
  const directory = Buffer.alloc(8 + 2 + 12 * entries.length + 4);
  directory.write("II*\0", 0, "latin1");
  directory.writeUInt32LE(8, 4);
  directory.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, type, count, value], index) => {
    const at = 10 + 12 * index;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const payload = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), directory, more]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  const body = await paint(8, 8).jpeg().toBuffer();
  return Buffer.concat([body.subarray(0, 2), head, payload, body.subarray(2)]);
}

test("JPEG, PNG and WebP give exifread's names and texts", async () => {
  for (const format of ["jpeg", "png", "webp"] as const) {
    const text = exifOf(await paint(16, 16).withExif(tags).withMetadata({ orientation: 6 }).toFormat(format).toBuffer());
    expect(JSON.parse(text ?? "null"), format).toMatchObject({
      "Image Make": "Canon",
      "Image Orientation": "Rotated 90 CW",
      "Image Software": "prep",
      "EXIF DateTimeOriginal": "2021:06:01 12:30:00",
      "EXIF ExposureTime": "0.02",
      "GPS GPSLatitudeRef": "N",
      "GPS GPSLatitude": "[51, 30, 32.3]",
    });
  }
});

test("every value is a text", async () => {
  const values = Object.values(JSON.parse(exifOf(await paint(16, 16).withExif(tags).jpeg().toBuffer()) ?? "null"));
  expect(values.every((value) => typeof value === "string")).toBe(true);
});

test("a picture without EXIF gives an empty object", async () => {
  for (const format of ["jpeg", "png", "webp", "gif"] as const) expect(exifOf(await paint(8, 8).toFormat(format).toBuffer())).toBe("{}");
});

test("a block that cannot be parsed gives null", async () => {
  const body = await jpegWith([[0x0112, 3, 1, 1]]);
  body.write("XX", body.indexOf("II*\0"), "latin1");
  expect(exifOf(body)).toBeNull();
});

test("maker notes and user comments are left out", async () => {
  const secret = Buffer.from("secret secret secret");
  const body = await jpegWith(
    [
      [0x0112, 3, 1, 1],
      [0x927c, 7, secret.length, 50],
      [0x9286, 7, secret.length, 50],
    ],
    secret,
  );
  expect(exifOf(body)).toBe('{"Image Orientation":"Horizontal (normal)"}');
});

test("thousands of values that claim the same bytes cost neither time nor space", async () => {
  const entries = Array.from({ length: 5000 }, (_, tag) => [tag + 0x1000, 1, 60_000, 8] as const);
  const before = performance.now();
  const text = exifOf(await jpegWith(entries));
  expect(performance.now() - before).toBeLessThan(1000);
  expect((text ?? "").length).toBeLessThan(200_000);
});

test("directories that point at each other end in null", async () => {
  expect(exifOf(await jpegWith([[0x8769, 4, 1, 12]]))).toBeNull();
});

// EXIF as exifread writes it, and hostile EXIF blocks.
import { expect, test } from "vitest";
import { exifJson } from "../../../src/transform/exif/exif-json.ts";
import { orientationOf } from "../../../src/transform/exif/orientation.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { paint } from "../../support/transform/paint.ts";

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
      "EXIF ExposureTime": "1/50",
      "GPS GPSLatitudeRef": "N",
      "GPS GPSLatitude": "[51, 30, 323/10]",
    });
  }
});

test("the first 64 KB of a block longer than a JPEG can hold are read, with the orientation in them", async () => {
  const body = await paint(16, 16).withExif(tags).withMetadata({ orientation: 6 }).webp().toBuffer();
  const place = body.indexOf("EXIF");
  const length = body.readUInt32LE(place + 4);
  const long = Buffer.concat([body.subarray(0, place + 8 + length), Buffer.alloc(100_000 - length)]);
  long.writeUInt32LE(100_000, place + 4);
  long.writeUInt32LE(long.length - 8, 4);
  const probed = probe(long);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  expect(exifOf(long)).toBe(exifOf(body));
  expect(exifOf(long)).toContain("Rotated 90 CW");
  expect(orientationOf(long, probed.header)).toBe(6);
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

test("directories that point at each other are read once", async () => {
  expect(exifOf(await jpegWith([[0x8769, 4, 1, 12]]))).toBe('{"Image ExifOffset":"12"}');
  expect(exifOf(await jpegWith([[0x8769, 4, 1, 8]]))).toBe('{"Image ExifOffset":"8"}');
});

test("a directory that begins outside the block is left out, and the rest is there", async () => {
  for (const tag of [0x8769, 0x8825, 0xa005]) {
    const body = await jpegWith([
      [0x0112, 3, 1, 1],
      [tag, 4, 1, 0x7fffffff],
    ]);
    expect(exifOf(body), String(tag)).toContain('{"Image Orientation":"Horizontal (normal)","Image ');
  }
  const body = await paint(16, 16).withExif(tags).jpeg().toBuffer();
  const block = body.subarray(body.indexOf("Exif\0\0") + 6);
  for (const pointer of [0x8769, 0x8825]) {
    const first = block.readUInt32LE(4);
    for (let entry = first + 2; entry < first + 2 + 12 * block.readUInt16LE(first); entry += 12) {
      if (block.readUInt16LE(entry) !== pointer) continue;
      const directory = block.readUInt32LE(entry + 8);
      // The bytes where the offset of a next directory would be.
      block.writeUInt32LE(0x30000000, directory + 2 + 12 * block.readUInt16LE(directory));
    }
  }
  expect(JSON.parse(exifOf(body) ?? "null")).toMatchObject({
    "Image Make": "Canon",
    "EXIF ExposureTime": "1/50",
    "GPS GPSLatitudeRef": "N",
  });
});

test("a directory whose offset is stored as a signed number, or by TIFF's own type for it, is read", async () => {
  for (const type of [9, 13]) {
    const body = await paint(16, 16).withExif(tags).jpeg().toBuffer();
    const block = body.subarray(body.indexOf("Exif\0\0") + 6);
    const first = block.readUInt32LE(4);
    for (let entry = first + 2; entry < first + 2 + 12 * block.readUInt16LE(first); entry += 12) {
      if ([0x8769, 0x8825].includes(block.readUInt16LE(entry))) block.writeUInt16LE(type, entry + 2);
    }
    expect(JSON.parse(exifOf(body) ?? "null"), `${type}`).toMatchObject({ "EXIF ExposureTime": "1/50", "GPS GPSLatitudeRef": "N" });
  }
});

test("a date is the stored text, whether or not there is such a day", async () => {
  for (const date of ["0000:00:00 00:00:00", "2020:13:45 99:99:99", "2020-01-02T03:04:05", "02/01/2020 03:04:05"]) {
    const body = await jpegWith([[0x0132, 2, 20, 26]], Buffer.from(`${date}\0`));
    expect(exifOf(body)).toBe(`{"Image DateTime":"${date}"}`);
  }
});

test("fractions are in lowest terms, those by 0 as they are stored", async () => {
  const fraction = async (type: 5 | 10, numerator: number, denominator: number) => {
    const value = Buffer.alloc(8);
    value.writeInt32LE(numerator | 0, 0);
    value.writeInt32LE(denominator | 0, 4);
    return JSON.parse(exifOf(await jpegWith([[0x011a, type, 1, 26]], value)) ?? "null")["Image XResolution"];
  };
  expect(await fraction(5, 10, 600)).toBe("1/60");
  expect(await fraction(5, 72, 1)).toBe("72");
  expect(await fraction(5, 0, 5)).toBe("0");
  expect(await fraction(5, 0, 0)).toBe("0/0");
  expect(await fraction(5, 0xffffffff, 1)).toBe("4294967295");
  expect(await fraction(10, -1, 3)).toBe("-1/3");
  expect(await fraction(10, 2, -6)).toBe("-1/3");
  expect(await fraction(10, 0, -6)).toBe("0");
});

test("a list of a thousand values is an empty one", async () => {
  const body = await jpegWith([[0xea1c, 7, 2060, 26]], Buffer.alloc(2060));
  expect(exifOf(body)).toBe('{"Image Padding":"[]"}');
});

test("lists of more than 50 values are cut after 20, and text that is not UTF-8 is what Python prints for its bytes", async () => {
  const short = await jpegWith([[0x0111, 1, 50, 26]], Buffer.alloc(50, 7));
  expect(exifOf(short)).toBe(`{"Image StripOffsets":"[${Array(50).fill(7).join(", ")}]"}`);
  const long = await jpegWith([[0x0111, 1, 51, 26]], Buffer.alloc(51, 7));
  expect(exifOf(long)).toBe(`{"Image StripOffsets":"[${Array(20).fill(7).join(", ")}, ... ]"}`);
  const latin = await jpegWith([[0x013b, 2, 9, 26]], Buffer.from("Ren\xe9's\n\0", "latin1"));
  expect(JSON.parse(exifOf(latin) ?? "null")).toEqual({ "Image Artist": `b"Ren\\xe9's\\n"` });
  const utf8 = await jpegWith([[0x013b, 2, 6, 26]], Buffer.from("René\0"));
  expect(exifOf(utf8)).toBe('{"Image Artist":"René"}');
});

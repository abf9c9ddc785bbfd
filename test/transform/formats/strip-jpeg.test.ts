// JPEGs stripped for a strict decoder: harmless faults pass, and pixels stay the same.
import sharp from "sharp";
import { expect, test } from "vitest";
import { probe } from "../../../src/transform/formats/probe.ts";
import { stripJpeg } from "../../../src/transform/formats/strip-jpeg.ts";
import { transformImage } from "../../../src/transform/transform-image.ts";
import { options, paint, painted } from "../../support/transform/paint.ts";

const headerOf = (body: Buffer) => {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  return probed.header;
};

const verify = (body: Buffer) => transformImage(body, { purpose: "verify", header: headerOf(body), options: options() });

test("junk and broken application segments before the pixels do not fail a picture that is verified", async () => {
  for (const progressive of [false, true]) {
    const body = await paint(90, 60).jpeg({ progressive }).toBuffer();
    const brokenAdobe = Buffer.from([0xff, 0xee, 0, 5, 0x41, 0x64, 0x6f]);
    for (const extra of [Buffer.from("junk of sixteen."), brokenAdobe, Buffer.concat([brokenAdobe, Buffer.from([0xff, 0])])]) {
      // Behind the JFIF segment.
      const odd = Buffer.concat([body.subarray(0, 20), extra, body.subarray(20)]);
      expect(await verify(odd)).toMatchObject({ ok: true, width: 90, height: 60 });
    }
    const damaged = Buffer.concat([body.subarray(0, -200), Buffer.from([0xff, 0xd9])]);
    expect(await verify(damaged)).toMatchObject({ ok: false });
  }
});

test("a nonsensical scan header does not fail a sequential JPEG, and that of a progressive JPEG stays as it is", async () => {
  const body = await paint(90, 60).jpeg().toBuffer();
  const scan = headerOf(body).dataOffset ?? 0;
  const last = scan + 1 + body.readUInt16BE(scan + 2);
  for (const [first, final, bits] of [
    [0, 0, 0],
    [1, 63, 0],
    [0, 63, 0x10],
  ] as const) {
    const odd = Buffer.from(body);
    odd.set([first, final, bits], last - 2);
    expect(await verify(odd)).toMatchObject({ ok: true, width: 90, height: 60 });
    expect(
      await sharp(stripJpeg(odd, headerOf(odd)))
        .raw()
        .toBuffer(),
    ).toEqual(await sharp(body).raw().toBuffer());
  }
  const progressive = await paint(90, 60).jpeg({ progressive: true }).toBuffer();
  const bare = stripJpeg(progressive, headerOf(progressive));
  expect(bare.subarray(headerOf(bare).dataOffset)).toEqual(progressive.subarray(headerOf(progressive).dataOffset));
});

test("the pixels stay those of the whole file, and other formats are returned unchanged", async () => {
  const body = await paint(40, 30)
    .withExif({ IFD0: { Make: "Canon" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const bare = stripJpeg(body, headerOf(body));
  expect(bare.length).toBeLessThan(body.length);
  expect(await sharp(bare).raw().toBuffer()).toEqual(await sharp(body).raw().toBuffer());
  for (const [name, other] of Object.entries(await painted())) {
    if (!name.includes("jpeg")) expect(stripJpeg(other, headerOf(other)), name).toBe(other);
  }
});

// Memory that is accounted for decoding, by format and kind.
import { expect, test } from "vitest";
import { decodeWeight } from "../../../src/transform/decoder/decode-weight.ts";
import { planFit } from "../../../src/transform/fit.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { GRID_AVIF } from "../../support/transform/grid-avif.ts";
import { options, paint } from "../../support/transform/paint.ts";

const PIXELS = 400 * 300;

function weightOf(body: Buffer, isEdited = false): number {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  return decodeWeight(probed.header, planFit(400, 300, options({ imageSize: 30 })), isEdited);
}

const jpeg = (progressive = false) => paint(400, 300).jpeg({ progressive }).toBuffer();

test("a JPEG that is decoded in strips weighs an eighth of one whose scans must all be in memory", async () => {
  const body = await jpeg();
  expect(weightOf(body)).toBe(PIXELS / 8);
  expect(weightOf(await jpeg(true))).toBe(PIXELS);
  // Its first scan has one of the three channels.
  const scan = body.indexOf(Buffer.from([0xff, 0xda, 0, 12, 3]));
  const apart = Buffer.concat([body.subarray(0, scan), Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]), body.subarray(scan + 14)]);
  expect(weightOf(apart)).toBe(PIXELS);
});

test("an AVIF weighs four times its pixels, other formats their pixels", async () => {
  expect(weightOf(await paint(400, 300).avif({ effort: 0 }).toBuffer())).toBe(4 * PIXELS);
  for (const body of [await paint(400, 300).png().toBuffer(), await paint(400, 300).webp().toBuffer()]) expect(weightOf(body)).toBe(PIXELS);
});

test("an AVIF that is tiled or turned weighs as much as its largest part states", async () => {
  expect(weightOf(GRID_AVIF)).toBe(4 * 128 * 128);
  const turned = await paint(400, 300).avif({ effort: 0 }).toBuffer();
  turned.write("irot", turned.indexOf("pixi"), "latin1");
  expect(probe(turned)).not.toHaveProperty("header.size");
  expect(weightOf(turned)).toBe(4 * PIXELS);
});

test("a picture that is blurred or turned weighs at least three copies of its stored size", async () => {
  expect(weightOf(await jpeg(), true)).toBe(PIXELS / 8);
  const probed = probe(await jpeg());
  if (probed.kind === "image") expect(decodeWeight(probed.header, planFit(400, 300, options({ imageSize: 300 })), true)).toBe(3 * PIXELS);
});

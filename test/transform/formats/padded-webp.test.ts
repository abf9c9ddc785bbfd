import sharp from "sharp";
import { expect, test } from "vitest";
import { paddedWebp } from "../../../src/transform/formats/padded-webp.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import { transformImage } from "../../../src/transform/transform-image.ts";
import { options, paint, painted } from "../../support/transform/paint.ts";

/** A lossless WebP whose only chunk has an odd size, and no byte behind it to make it even. */
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

test("other bytes are returned themselves", async () => {
  const others = [...Object.values(await painted()), Buffer.from("RIFF"), (await unpadded()).subarray(0, -1), Buffer.alloc(0)];
  for (const body of others) expect(paddedWebp(body)).toBe(body);
});

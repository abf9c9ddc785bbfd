// AVIF pictures whose colours are multiplied by their opacity.
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { probe } from "../../src/transform/formats/probe.ts";
import { settleSharp, transformImage } from "../../src/transform/transform-image.ts";
import { options, painted } from "../support/transform/paint.ts";

// 16 x 16 pixels of rgba(200, 0, 0, 128), by avifenc --premultiply.
const PREMULTIPLIED = Buffer.from(
  "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAAGbbWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBp" +
    "dG0AAAAAAAEAAAAsaWxvYwAAAABEAAACAAEAAAABAAAB0QAAACEAAgAAAAEAAAHDAAAADgAAAEJpaW5mAAAAAAACAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xv" +
    "cgAAAAAaaW5mZQIAAAAAAgAAYXYwMUFscGhhAAAAAChpcmVmAAAAAAAAAA5wcmVtAAEAAQACAAAADmF1eGwAAgABAAEAAADDaXBycAAAAJ1pcGNvAAAAFGlz" +
    "cGUAAAAAAAAAEAAAABAAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBIAAAAAAAE2NvbHJuY2x4AAEADQAGgAAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAA" +
    "OGF1eEMAAAAAdXJuOm1wZWc6bXBlZ0I6Y2ljcDpzeXN0ZW1zOmF1eGlsaWFyeTphbHBoYQAAAAAeaXBtYQAAAAAAAAACAAEEAQKDBAACBAEFhgcAAAA3bWRh" +
    "dBIACgUYDP/YVDIDEAATEgAKCDgM/9hAQ0GkMhMQgAAAQDlQumGf/XvJYLrXqHCA",
  "base64",
);

beforeAll(() => settleSharp());

test("an AVIF whose colours are multiplied by their opacity is flattened on white in its true colours, at any size", async () => {
  const probed = probe(PREMULTIPLIED);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  expect(probed.header).toMatchObject({ hasAlpha: true, isPremultiplied: true });
  for (const imageSize of [8, 16, 32]) {
    const changed = options({ imageSize, encodeFormat: "png", encodeQuality: 6 });
    const result = await transformImage(PREMULTIPLIED, { purpose: "store", header: probed.header, options: changed });
    if (!result.ok) throw new Error(result.failure.code);
    const pixels = await sharp(result.image).raw().toBuffer();
    // Half red, half white.
    const differences = [227, 127, 127].map((wanted, channel) => Math.abs((pixels[channel] ?? 0) - wanted));
    expect(Math.max(...differences)).toBeLessThan(4);
  }
});

test("other transparent pictures are not premultiplied", async () => {
  for (const body of Object.values(await painted())) expect(probe(body)).not.toHaveProperty("header.isPremultiplied");
});

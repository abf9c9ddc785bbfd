// The table of decoded formats: what prep stores it can also read again.
import { expect, test } from "vitest";
import { ENCODERS } from "../../../src/transform/encoders.ts";
import { IMAGE_FORMATS } from "../../../src/transform/formats/image-formats.ts";
import { painted } from "../../support/transform/paint.ts";

test("every format that prep stores is one that it decodes, by its extension", () => {
  const extensions = Object.values(IMAGE_FORMATS).map(({ extension }) => extension);
  expect(extensions).toEqual(expect.arrayContaining(Object.keys(ENCODERS)));
  expect(new Set(extensions).size).toBe(extensions.length);
});

test("one probe alone recognises a picture, and a whole picture lacks and needs nothing", async () => {
  for (const [name, body] of Object.entries(await painted())) {
    const found = Object.values(IMAGE_FORMATS).flatMap((format) => {
      const header = format.probe(body);
      return header ? [{ format, header }] : [];
    });
    expect(found.length, name).toBe(1);
    for (const { format, header } of found) {
      const state = [format.repair(body) === body, format.lacksUnreadBytes(body, header), format.findSilentDamage(body)];
      expect(state, name).toEqual([true, false, undefined]);
    }
  }
});

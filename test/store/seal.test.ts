// Seals of JSON files: every changed byte is noticed.
import fc from "fast-check";
import { expect, it } from "vitest";
import { sealedText, sealState } from "../../src/store/seal.ts";

const value = fc.record({ format_version: fc.nat(9), count: fc.nat(), files: fc.array(fc.record({ name: fc.string(), bytes: fc.nat() })) });

it("a sealed text is JSON with its own digest as the last field, and is recognised", () => {
  fc.assert(
    fc.property(value, (object) => {
      const text = sealedText(object);
      expect(sealState(text)).toBe("sealed");
      const { digest, ...rest } = JSON.parse(text) as { digest: string };
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(rest).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});

it("any changed byte and any cut breaks a seal", () => {
  const text = Buffer.from(sealedText({ format_version: 2, files: [{ name: "00000.tar", bytes: 1 }] }));
  for (let place = 0; place < text.length; place++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(text);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
      expect(sealState(flipped.toString())).toBe("broken");
    }
    expect(sealState(text.subarray(0, place).toString())).toBe("broken");
  }
});

it("texts of versions before seals are unsealed, with and without a last line break", () => {
  for (const end of ["", "\n"]) expect(sealState(JSON.stringify({ files: [{ sha256: "0".repeat(64) }] }, null, 1) + end)).toBe("unsealed");
  expect(sealState('{"a": 1}')).toBe("broken");
});

// The default and the range of --encode-quality for each format.
import { describe, expect, it } from "vitest";
import { encodeQuality } from "../../src/cli/encode-quality.ts";
import { UsageError } from "../../src/core/errors.ts";

describe("--encode-quality", () => {
  it("has a default for every format, also for png, for which img2dataset stops", () => {
    expect((["jpg", "webp", "avif", "png"] as const).map((format) => encodeQuality(format, undefined))).toEqual([95, 95, 85, 6]);
  });

  it.each([
    ["jpg", 0, 100],
    ["webp", 0, 101],
    ["avif", 1, 100],
    ["png", 0, 9],
  ] as const)("of %s is %i to %i, and beyond it is refused in words", (format, least, most) => {
    expect([encodeQuality(format, least), encodeQuality(format, most)]).toEqual([least, most]);
    for (const impossible of [least - 1, most + 1]) {
      expect(() => encodeQuality(format, impossible)).toThrow(UsageError);
      expect(() => encodeQuality(format, impossible)).toThrow(`--encode-quality ${impossible} is impossible for ${format}`);
    }
  });
});

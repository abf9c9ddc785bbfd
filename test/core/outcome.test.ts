// The fixed messages of outcomes, and details that are safe to store.
import { describe, expect, it } from "vitest";
import { failure, OUTCOMES } from "../../src/core/outcome.ts";

describe("outcomes", () => {
  it("keep img2dataset's fixed messages for its readers", () => {
    expect(OUTCOMES.opted_out.message).toBe("Use of image disallowed by X-Robots-Tag directive");
    expect(OUTCOMES.hash_mismatch.message).toBe("hash mismatch");
    expect(OUTCOMES.decode_failed.message).toBe("Image decoding error");
    expect([OUTCOMES.image_too_small.message, OUTCOMES.area_too_large.message, OUTCOMES.aspect_ratio_too_large.message]).toEqual([
      "image too small",
      "image area too large",
      "aspect ratio too large",
    ]);
  });

  it("hold a detail that cannot rewrite a terminal: one line, no control characters, at most 200 long", () => {
    expect(failure("http_404", "a\u001b[2Jb\u202ec\nsecond line")).toEqual({ code: "http_404", detail: "a [2Jb c" });
    expect(failure("http_404", "x".repeat(1000)).detail).toHaveLength(200);
    expect(failure("http_404")).toEqual({ code: "http_404" });
  });
});

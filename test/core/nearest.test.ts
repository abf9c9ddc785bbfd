// Suggestions for misspelt names.
import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/core/nearest.ts";

describe("nearestName", () => {
  it.each([
    ["fliter", ["filter", "describe"], "filter"],
    ["FILTER", ["filter"], "filter"],
    ["metadat", ["metadata", "meta"], "metadata"],
    ["ru", ["run"], "run"],
    ["image-sise", ["image-size", "image-side"], "image-size"],
  ])("suggests a name for %s", (word, names, expected) => {
    expect(nearestName(word, names)).toBe(expected);
  });

  it.each([
    ["xyz", ["filter", "describe"]],
    ["", ["run", "filter"]],
    ["run", []],
  ])("suggests nothing for %j if no name is close", (word, names) => {
    expect(nearestName(word, names)).toBeUndefined();
  });

  it("suggests the first of equally close names", () => {
    expect(nearestName("bat", ["cat", "hat"])).toBe("cat");
  });
});

// Text from strangers, made safe to print and to store.
import { describe, expect, it } from "vitest";
import { oneLine } from "../../src/core/one-line.ts";

describe("oneLine", () => {
  it("keeps the first line only", () => {
    expect(oneLine("not found\nSet-Cookie: x")).toBe("not found");
    expect(oneLine("")).toBe("");
  });

  it("replaces each control and direction character by a space", () => {
    expect(oneLine("\u001b[31mred\u0007\u009b2J")).toBe(" [31mred  2J");
    expect(oneLine("a\u202eb\u2066c\u200fd\re\tf")).toBe("a b c d e f");
  });

  it("keeps letters of any script", () => {
    expect(oneLine("Straße 東京 🚲")).toBe("Straße 東京 🚲");
  });

  it("cuts a long line", () => {
    expect(oneLine("x".repeat(500))).toHaveLength(200);
    expect(oneLine("abcdef", 3)).toBe("abc");
  });
});

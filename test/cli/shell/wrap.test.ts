// Wrapping of text for the terminal.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { widthOf } from "../../../src/cli/shell/cell-text.ts";
import { wrapped } from "../../../src/cli/shell/wrap.ts";

describe("wrapped text", () => {
  it("keeps every word in order, and exceeds the width only for a word that is wider itself", () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-z/]{1,30}$/),
      fc.constantFrom("山水画", "데이터", "e\u0301te", "👩‍👩‍👧", "/data/写真/part-0.parquet"),
    );
    const text = fc.array(fc.tuple(word, fc.constantFrom(" ", " ", "  ", "\n", "\n  "))).map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 130 }), (whole, columns) => {
        const lines = wrapped(whole, columns);
        const wordsOf = (some: string) => some.split(/\s+/).filter((one) => one !== "");
        expect(wordsOf(lines.join("\n"))).toEqual(wordsOf(whole));
        for (const line of lines) {
          const [, before = "", last = ""] = /^(.*?)(\S*)$/.exec(line.trimEnd()) ?? [];
          if (widthOf(before + last) > columns)
            expect([widthOf(before.trimEnd()) <= columns, widthOf(last) >= Math.min(20, columns / 2)]).toEqual([true, true]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("continues two columns in, or under the last column of a table", () => {
    expect(wrapped("notice: a b c", 9)).toEqual(["notice: a", "  b c"]);
    expect(wrapped(`  http_404          51  ${"The picture is gone. ".repeat(2)}`.trimEnd(), 46)).toEqual([
      "  http_404          51  The picture is gone.",
      "                        The picture is gone.",
    ]);
  });

  it("counts a wide character twice, and keeps a path whole", () => {
    expect(wrapped("山水 山水", 8)).toEqual(["山水", "  山水"]);
    expect(wrapped("in /a/very/long/path here", 10)).toEqual(["in /a/very/long/path", "  here"]);
  });
});

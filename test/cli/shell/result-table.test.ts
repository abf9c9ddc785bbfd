// Tables, blocks and CSV of the shell.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitted, visibleText, widthOf } from "../../../src/cli/shell/cell-text.ts";
import { csvLine } from "../../../src/cli/shell/delimited-row.ts";
import { dotCommand } from "../../../src/cli/shell/dot-command.ts";
import { tableLines } from "../../../src/cli/shell/result-table.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom("山水风景", "👩‍👩‍👧", "\u001b[2J", "a\nb", "\u202eevil"),
);

describe("a table", () => {
  it("is never wider than the terminal, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 100 }),
        fc
          .integer({ min: 1, max: 12 })
          .chain((width) => fc.array(fc.array(fc.option(text), { minLength: width, maxLength: width }), { minLength: 1, maxLength: 4 })),
        (columns, rows) => {
          const heads = (rows[0] ?? []).map((_, index) => ({ name: `column${index}`, type: "VARCHAR" }));
          for (const line of tableLines(heads, rows, columns)) {
            expect(widthOf(line)).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
          }
        },
      ),
    );
  });

  it("cuts the widest columns first, aligns numbers right, and shows NULL unlike a text", () => {
    const heads = [
      { name: "n", type: "BIGINT" },
      { name: "caption", type: "VARCHAR" },
    ];
    const rows = [
      ["7", "a caption that is much too long"],
      ["12345", null],
    ];
    expect(tableLines(heads, rows, 24)).toEqual(
      ["     n │ caption", "bigint │ varchar", "───────┼────────────────", "     7 │ a caption that …", " 12345 │ NULL"].map((line) =>
        line.replace("───────┼────────────────", `${"─".repeat(6)}─┼─${"─".repeat(15)}`).replace("that …", "that…"),
      ),
    );
    // If every column would be too narrow, each value gets a line.
    expect(tableLines(heads, rows, 12)).toEqual(
      ["   n = 7", "capti… = a …", "", "   n = 12345", "capti… = NULL"].map((line) => line && expect.stringMatching(/^.{1,12}$/u)),
    );
  });

  it("makes control characters visible, and cuts between characters", () => {
    expect(visibleText("a\tb\u001b[31m\u202e")).toBe("a\\tb\\u001b[31m\\u202e");
    expect(fitted("山水风", 5)).toBe("山水…");
    expect(fitted("👩‍👩‍👧👩‍👩‍👧", 3)).toMatch(/^👩‍👩‍👧…/u);
    expect(fitted("ab", 4, true)).toBe("  ab");
  });
});

describe("other forms", () => {
  it("are CSV that keeps NULL apart from an empty text, and commands with quoted words", () => {
    expect(csvLine(["a", null, "", 'say "x", y', "1\n2"])).toBe('a,,"","say ""x"", y","1\n2"');
    expect(dotCommand(' .save "my name" large ones;')).toEqual({ name: "save", words: ["my name", "large", "ones"] });
    expect(dotCommand("SELECT .5")).toBeUndefined();
  });
});

// The refusal of a list without rows.
import { expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { insistOnRows } from "../../src/plan/insist-on-rows.ts";

const hintOf = (...reasons: readonly string[]) => {
  const first = reasons.map((reason, index) => ({ line: index + 2, reason }));
  try {
    insistOnRows([{ rows: 0 }], reasons.length > 0 ? [{ file: "list.csv", count: reasons.length, first }] : []);
    return undefined;
  } catch (error) {
    return error instanceof InputError ? error.hint : undefined;
  }
};

it("tells how to convert a list in another encoding, and asks to mend other faults", () => {
  expect(hintOf("not UTF-8", "not UTF-8")).toMatch(/iconv -f LATIN1 -t UTF-8 list\.csv/);
  expect(hintOf("not UTF-8", "a quote that is not closed")).toMatch(/^Mend those lines/);
  expect(hintOf()).toBe("Name other files.");
});

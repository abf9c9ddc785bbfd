// Limits that a later start may loosen.
import { expect, it } from "vitest";
import { OPTIONS } from "../../src/job/options/table.ts";
import { IS_LOOSER } from "../../src/plan/amend-plans.ts";

it("every option of images that can be loosened has a rule for what is looser, and no other has", () => {
  const parts = OPTIONS.filter(({ group, canLoosen }) => group === "Images" && canLoosen).map(({ identity }) => String(identity));
  expect(parts.map((part) => part.split(".").at(-1)).sort()).toEqual(Object.keys(IS_LOOSER).sort());
});

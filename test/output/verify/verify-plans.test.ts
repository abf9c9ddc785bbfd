// The plans of an output that cannot be looked into: an error, and not an endless list of plans that cannot be read.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Findings } from "../../../src/output/verify/findings.ts";
import { verifyPlans } from "../../../src/output/verify/verify-plans.ts";
import { withFolder } from "../../support/parquet.ts";

it("a folder whose names nobody can be told ends the reading of plans", async () => {
  // Longer than any path may be, as a folder that may not be entered is refused at each of its names.
  const output = `/${"x".repeat(200)}`.repeat(30);
  await expect(verifyPlans(output, new Findings(() => expect.unreachable()))).rejects.toThrow(/ENAMETOOLONG/);
});

it("a plan that is a folder is one finding, and what stands behind it is read", () =>
  withFolder(async (output) => {
    const found: string[] = [];
    await mkdir(join(output, "_prep", "plan.json"), { recursive: true });
    await writeFile(join(output, "_prep", "plan-2.json"), "null");
    expect(await verifyPlans(output, new Findings(({ file }) => void found.push(file)))).toEqual([]);
    expect(found).toEqual(["_prep/plan.json", "_prep/plan-2.json"]);
  }));

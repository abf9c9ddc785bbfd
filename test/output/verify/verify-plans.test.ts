// Plans that cannot be read: an error or a finding, never an endless list of plans.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Findings } from "../../../src/output/verify/findings.ts";
import { verifyPlans } from "../../../src/output/verify/verify-plans.ts";
import { withFolder } from "../../support/parquet.ts";

it("throws if the names of the plans cannot be listed", async () => {
  // A path beyond the system's limit fails at each name, as a folder does that may not be entered.
  const output = `/${"x".repeat(200)}`.repeat(30);
  await expect(verifyPlans(output, new Findings(() => expect.unreachable()))).rejects.toThrow(/ENAMETOOLONG/);
});

it("reports a plan that is a folder once and reads the plans after it", () =>
  withFolder(async (output) => {
    const found: string[] = [];
    await mkdir(join(output, "_prep", "plan.json"), { recursive: true });
    await writeFile(join(output, "_prep", "plan-2.json"), "null");
    expect(await verifyPlans(output, new Findings(({ file }) => void found.push(file)))).toEqual([]);
    expect(found).toEqual(["_prep/plan.json", "_prep/plan-2.json"]);
  }));

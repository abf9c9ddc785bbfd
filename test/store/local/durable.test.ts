// Replacing files while others remove the temporary folder or the output.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { replaceFile } from "../../../src/store/local/durable.ts";
import { createExclusive } from "../../../src/store/local/exclusive.ts";
import { withFolder } from "../../support/parquet.ts";

it("a temporary folder that another start has just removed is made again", () =>
  withFolder(async (folder) => {
    const temporary = join(folder, "_prep", "tmp", "settings.new");
    await replaceFile(join(folder, "settings.json"), "one", temporary);
    await rm(join(folder, "_prep"), { recursive: true });
    expect(await createExclusive(join(folder, "plan.json"), "two", temporary)).toBe(true);
    expect([await readFile(join(folder, "settings.json"), "utf8"), await readFile(join(folder, "plan.json"), "utf8")]).toEqual([
      "one",
      "two",
    ]);
  }));

it("an output that is gone is not made again", () =>
  withFolder(async (folder) => {
    const output = join(folder, "out");
    await mkdir(output);
    await rm(output, { recursive: true });
    const replaced = replaceFile(join(output, "settings.json"), "one", join(output, "_prep", "tmp", "settings.new"));
    await expect(replaced).rejects.toMatchObject({ code: "ENOENT" });
    await expect(readFile(output)).rejects.toMatchObject({ code: "ENOENT" });
  }));

// Exclusive creation, with and without hard links.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createExclusive } from "../../../src/store/local/exclusive.ts";
import { withFolder } from "../../support/parquet.ts";

/** A file system without hard links. */
const noLinks = async (): Promise<void> => {
  throw Object.assign(new Error("operation not permitted, link"), { code: "EPERM" });
};

describe.each([
  ["with hard links", undefined],
  ["without hard links", noLinks],
] as const)("a file that is created exclusively, %s", (_, link) => {
  it("has one creator among many, and only its text at any time", () =>
    withFolder(async (folder) => {
      const path = join(folder, "00000_stats.json");
      const texts = Array.from({ length: 16 }, (__, index) => `text ${index} `.repeat(100));
      const seen = new Set<string>();
      let isLooking = true;
      const looking = (async () => {
        while (isLooking)
          await readFile(path, "utf8").then(
            (text) => seen.add(text),
            () => undefined,
          );
      })();
      const created = await Promise.all(texts.map((text, index) => createExclusive(path, text, join(folder, `${index}.new`), link)));
      isLooking = false;
      await looking;
      expect(created.filter(Boolean)).toHaveLength(1);
      const winner = texts[created.indexOf(true)] ?? "";
      expect(await readFile(path, "utf8")).toBe(winner);
      seen.add(winner);
      expect([...seen]).toEqual([winner]);
      expect(await readdir(folder)).toEqual(["00000_stats.json"]);
      expect(await createExclusive(path, "late", join(folder, "late.new"), link)).toBe(false);
    }));
});

describe("a claim whose holder was killed", () => {
  it("before the file had its name is finished with its text by the next caller", () =>
    withFolder(async (folder) => {
      const path = join(folder, "record.json");
      await mkdir(`${path}.claim`);
      await writeFile(join(`${path}.claim`, "text"), "his");
      expect(await createExclusive(path, "mine", join(folder, "a.new"), noLinks)).toBe(false);
      expect(await readFile(path, "utf8")).toBe("his");
      expect(await readdir(folder)).toEqual(["record.json"]);
    }));

  it("while the claim was removed hinders no other caller", () =>
    withFolder(async (folder) => {
      const path = join(folder, "record.json");
      await mkdir(`${path}.claim`);
      expect(await createExclusive(path, "mine", join(folder, "a.new"), noLinks)).toBe(true);
      await mkdir(`${path}.claim`);
      await rm(path);
      expect(await createExclusive(path, "again", join(folder, "b.new"), noLinks)).toBe(true);
    }));
});

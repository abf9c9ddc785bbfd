// What a selection finished before it was killed: found by the next start, unless the machine went down between.
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorkFolder } from "../../src/run/work-folder.ts";
import { Attempt } from "../../src/store/commit.ts";
import { withFolder } from "../support/parquet.ts";

async function withWork(
  use: (open: () => ReturnType<typeof openWorkFolder>, folder: string, written: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (output) => {
    const attempt = new Attempt(output, "selection");
    await attempt.begin();
    const written = attempt.path("sorted.parquet");
    await writeFile(written, "the order");
    await use(() => openWorkFolder(output, "digest", true, attempt), join(output, "_prep", "work", "digest"), written);
  });
}

describe("the work folder of a selection", () => {
  it("has the sorted file for the next start of this boot", () =>
    withWork(async (open, _, written) => {
      const work = await open();
      expect(work.finished.has(work.sorted)).toBe(false);
      await work.keepSorted(written);
      const next = await open();
      expect(next.finished.has(next.sorted)).toBe(true);
    }));

  it("removes a sorted file that is not of this boot, which may be torn", () =>
    withWork(async (open, folder, written) => {
      await (await open()).keepSorted(written);
      await writeFile(join(folder, "sorted-00000000-0000-0000-0000-000000000000.parquet"), "torn");
      const work = await open();
      expect((await readdir(folder)).filter((name) => name.startsWith("sorted"))).toEqual([work.sorted]);
    }));
});

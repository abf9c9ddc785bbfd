// The work folder of a selection, as the next start after a kill finds it.
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Maker, openWorkFolder, type WorkFolder } from "../../src/selection/work-folder.ts";
import { storeAt } from "../../src/store/store-at.ts";
import { withFolder } from "../support/parquet.ts";

const MAKER = { engine: "v1.5.5", order: 1 };

type Open = (isRepeatable?: boolean, maker?: Maker) => Promise<WorkFolder>;

/** `write` makes a file in the attempt, as a phase does, and returns its path. */
async function withWork(use: (open: Open, all: string, write: (name: string) => Promise<string>) => Promise<void>): Promise<void> {
  await withFolder(async (output) => {
    const attempt = storeAt(output).attempt("selection");
    await attempt.begin();
    const write = async (name: string) => {
      await writeFile(attempt.path(name), name);
      return attempt.path(name);
    };
    const open: Open = (isRepeatable = true, maker = MAKER) => openWorkFolder(output, "digest", maker, isRepeatable, attempt);
    await use(open, join(output, "_prep", "work"), write);
  });
}

const PART = join("partitions", "part-00000.parquet");

describe("the work folder of a selection", () => {
  it("gives the next start of this boot the files with the whole result", () =>
    withWork(async (open, _, write) => {
      const work = await open();
      expect([...work.finished]).toEqual([]);
      await work.keepWhole(await write("s"), work.selected);
      await work.keepWhole(await write("o"), work.sorted);
      expect(new Set((await open()).finished)).toEqual(new Set([work.selected, work.sorted]));
    }));

  it.each(["sorted", "selected"])("removes a %s file of an earlier boot, which may be torn", (stem) =>
    withWork(async (open, _, write) => {
      const work = await open();
      await work.keepWhole(await write("o"), work.sorted);
      await writeFile(work.path(`${stem}-00000000-0000-0000-0000-000000000000.parquet`), "torn");
      const next = await open();
      expect((await readdir(next.path("."))).sort()).toEqual(["partitions", work.sorted]);
    }),
  );

  it("keeps the partitions of a repeatable selection without the file that they were cut from", () =>
    withWork(async (open, _, write) => {
      await (await open()).keep(await write("p"), PART);
      expect([...(await open()).finished]).toEqual([PART]);
    }));

  it("removes the partitions of any other selection, because the next result may have other rows", () =>
    withWork(async (open, _, write) => {
      const work = await open(false);
      await work.keepWhole(await write("s"), work.selected);
      await work.keep(await write("p"), PART);
      expect(new Set((await open(false)).finished)).toEqual(new Set([work.selected, PART]));
      await rm(work.path(work.selected));
      expect([...(await open(false)).finished]).toEqual([]);
      expect(await readdir(work.path("partitions"))).toEqual([]);
    }));

  it.each([
    ["another DuckDB", { ...MAKER, engine: "v1.4.0" }],
    ["another order", { ...MAKER, order: 0 }],
  ])("begins again after %s, and says so", (_, maker) =>
    withWork(async (open, all, write) => {
      const old = await open(true, maker);
      await old.keep(await write("p"), PART);
      const work = await open();
      expect({ isBegunAnew: work.isBegunAnew, finished: [...work.finished] }).toEqual({ isBegunAnew: true, finished: [] });
      expect(await readdir(all)).toHaveLength(1);
      expect((await open()).isBegunAnew).toBe(false);
    }),
  );
});

// Faults in stage one: few rows, other disks, inputs that vanish, two starts at once.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, truncateSync, watch } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/job/events.ts";
import { expectWords, makeFolder, namesIn } from "../support/cli/refusals.ts";
import { canMount } from "../support/mounts.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { runPrep } from "../support/run-prep.ts";
import { partitionDigests, recordOf, selectInto, valuesOf } from "../support/selection/selected.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let meta: string;
const at = (...names: string[]) => join(folder.path, ...names);
const filter = (sql: string, output: string, ...more: string[]) => ["filter", sql, "--metadata", meta, "--output", at(output), ...more];

beforeAll(async () => {
  folder = await makeFolder();
  meta = await writeParquet(at("meta.parquet"), "SELECT 'http://host.test/' || i AS url, 'c' AS caption, i FROM range(5000) r(i)");
});

afterAll(() => folder.remove());

describe("a query that keeps little", () => {
  it("fails and leaves no output if it keeps no row", async () => {
    for (const sql of ["SELECT * FROM metadata WHERE i < 0", "SELECT url, count(*) AS n FROM metadata WHERE i < 0 GROUP BY url"]) {
      const says = ["error: the query keeps none of 5", "hint: Loosen its conditions"];
      expectWords(await runPrepHere(filter(sql, "none")), { code: 3, says, output: at("none") });
    }
  });

  it.each([
    [1, undefined, [1]],
    [1, 3, [0, 0, 1]],
    [2, 5, [0, 0, 1, 0, 1]],
    [7, 7, [1, 1, 1, 1, 1, 1, 1]],
  ])("keeps %i rows for %s partitions", async (rows, partitions, sizes) => {
    const output = at(`few-${rows}-${partitions}`);
    const record = await selectInto(output, `SELECT * FROM metadata WHERE i < ${rows}`, [meta], { partitions });
    expect(record.partitions.map((partition) => partition.rows)).toEqual(sizes);
    expect((await valuesOf(output, "i")).map(Number).sort()).toEqual(Array.from({ length: rows }, (_, row) => row));
    expect(namesIn(output)).toEqual(["partitions", "selection.json"]);
  });
});

describe.skipIf(!canMount())("a temporary directory on another file system (a tmpfs; skipped where mounting is not permitted)", () => {
  it("is used and left empty, and gives the same partitions", async () => {
    const disk = at("disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256m", "tmpfs", disk]);
    try {
      expect((await stat(disk)).dev).not.toBe((await stat(folder.path)).dev);
      const wide = await writeParquet(
        at("wide.parquet"),
        "SELECT 'http://host.test/' || i AS url, md5(i::VARCHAR) || md5((-i)::VARCHAR) AS caption FROM range(500000) r(i)",
      );
      await selectInto(at("beside"), "SELECT * FROM metadata", [wide], { isVerified: false });
      // The kernel reports even files that exist for a moment: a folder when DuckDB starts, files when it runs out of memory.
      const spill = join(disk, "spill");
      await mkdir(spill);
      const spilled = nextNameIn(spill).then(async (attempt) => [attempt, await nextNameIn(join(spill, attempt))]);
      const small = { tempDirectory: spill, memoryLimitBytes: 120e6, isVerified: false };
      const { attempt } = await selectInto(at("across"), "SELECT * FROM metadata", [wide], small);
      expect(await spilled).toEqual([attempt, expect.stringMatching(/^duckdb_temp_storage/)]);
      expect(await partitionDigests(at("across"))).toEqual(await partitionDigests(at("beside")));
      expect(namesIn(spill)).toEqual([]);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

describe("metadata that changes while it is read", () => {
  it.each([
    ["truncated", (path: string) => truncateSync(path, 800), /was changed \(800 bytes instead of \d+\) while it was read/],
    ["deleted", (path: string) => rmSync(path), /was removed while it was read/],
  ] as const)("is named when it is %s, and nothing is left", async (how, damage, says) => {
    const path = await writeParquet(at(how, "meta.parquet"), "SELECT 'http://host.test/' || i AS url, 'c' AS caption FROM range(90) r(i)");
    // Events arrive as they happen, so the damage comes after the rows are counted and before they are read.
    const emit = ({ event }: RunEvent) => void (event === "selection_started" && damage(path));
    const failure = await selectInto(at(`${how}-out`), "SELECT * FROM metadata", [path], { emit }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(says),
      hint: expect.stringContaining("Do not change the input while it is read"),
    });
    expect(existsSync(at(`${how}-out`, "_prep"))).toBe(false);
  });
});

describe("two starts at once on one output", () => {
  it("refuse one of two different selections, with the difference, and complete the other", async () => {
    const [left, right] = ["SELECT * FROM metadata WHERE i < 3000", "SELECT * FROM metadata WHERE i >= 3000"];
    const results = await Promise.all([left, right].map((query) => runPrep(filter(query, "both", "--quiet", "--wait"))));
    expect(results.map(({ code }) => code).sort()).toEqual([0, 5]);
    expect(results.find(({ code }) => code === 5)?.stderr).toMatch(
      /holds another selection:\n {2}query: this output was made with .*; you ask for .*\nhint: /,
    );
    const wanted = results[0]?.code === 0 ? 3000 : 2000;
    expect(new Set(await valuesOf(at("both"), "i")).size).toBe(wanted);
    expect((await recordOf(at("both"))).funnel).toEqual({ rowsRead: 5000, rowsKept: wanted });
    expect(namesIn(at("both"))).toEqual(["partitions", "selection.json"]);
  });

  it("both succeed with the same selection, which is made once", async () => {
    const args = filter("SELECT * FROM metadata", "once", "--quiet", "--wait");
    const results = await Promise.all([runPrep(args), runPrep(args), runPrep(args)]);
    for (const result of results) expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(new Set(await valuesOf(at("once"), "i")).size).toBe(5000);
    expect(namesIn(at("once"))).toEqual(["partitions", "selection.json"]);
    const before = await partitionDigests(at("once"));
    // The state after a kill between the commit and the last removal.
    await mkdir(at("once", "_prep", "work", (await recordOf(at("once"))).selection, "partitions"), { recursive: true });
    expect((await runPrepHere(args)).code).toBe(0);
    expect(await partitionDigests(at("once"))).toEqual(before);
    expect(existsSync(at("once", "_prep"))).toBe(false);
  });
});

/** The name of the next entry that is made in `folder`. */
async function nextNameIn(folder: string): Promise<string> {
  const watcher = watch(folder);
  try {
    const [, name] = await once(watcher, "change");
    return String(name);
  } finally {
    watcher.close();
  }
}

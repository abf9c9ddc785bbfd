// Overwriting an output by any number of starts, killed or asleep at any moment.
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { decideOn, finishOverwrite } from "../../src/output/finish-overwrite.ts";
import { createPlan, type DownloadPlan, PLAN_FORMAT_VERSION } from "../../src/output/plans/download-plan.ts";
import { namesIn } from "../support/cli/refusals.ts";
import { withFolder } from "../support/parquet.ts";

/** Files of the new run. */
const NEW = ["00000.tar", "00000_stats.json", "_prep/settings.json"];

const planOf = (run: string, ...paths: string[]) =>
  ({
    format_version: PLAN_FORMAT_VERSION,
    run,
    shape: { outputFormat: "webdataset", shardDigits: 5 },
    shards: { inputs: paths.map((path) => ({ path })), firstShard: 0, shards: 1 },
  }) as unknown as DownloadPlan;

/** An output with a run of prep (shard 0), one of img2dataset (shard 1, as files), a selection, and foreign files in each place. */
async function oldOutput(output: string): Promise<void> {
  for (const folder of ["tmp/00001.another.1.abc", "inputs", "generations"])
    await mkdir(join(output, "_prep", folder), { recursive: true });
  for (const folder of ["00001", "00002", "00007", "partitions", "2024"]) await mkdir(join(output, folder));
  const names = ["00000.tar", "00000.parquet", "00000_stats.json", "run.json", "_prep/inputs/a.parquet", "_prep/settings.json"];
  const members = ["00001/000010000.jpg", "00002/000020000.jpg", "partitions/part-00000.parquet"];
  for (const name of [...names, ...members, ...FOREIGN]) await writeFile(join(output, name), "old");
  const peer = JSON.stringify({ count: 1, successes: 1 });
  for (const name of ["00001_stats.json", "00002_stats.json"]) await writeFile(join(output, name), peer);
  const selection = { attempt: "a", files: [{ name: "partitions" }], selection: "s", partitions: [{ name: "part-00000.parquet" }] };
  await writeFile(join(output, "selection.json"), JSON.stringify(selection));
  await createPlan(output, { number: 1, plan: planOf("old") });
}

/** Files that no plan and no record names. */
const FOREIGN = [
  "notes.txt",
  "2024/notes.txt",
  "00000.tfrecord",
  "00007/000070000.jpg",
  "7_stats.json",
  "partitions/mine.txt",
  "partitions/part-00001.parquet",
  "00002/notes.txt",
  "_prep/notes.txt",
];

async function everything(output: string): Promise<string[]> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(output, join(entry.parentPath, entry.name)))
    .sort();
}

const runOf = async (output: string) => JSON.parse(await readFile(join(output, "_prep", "plan.json"), "utf8")).run;

it("an overwrite leaves the new plan, the files that it reads, and foreign files", () =>
  withFolder(async (output) => {
    await oldOutput(output);
    await finishOverwrite(output);
    expect(await readFile(join(output, "00000.tar"), "utf8")).toBe("old");
    await decideOn(output, planOf("new", "_prep/inputs/a.parquet"));
    await finishOverwrite(output);
    expect(await everything(output)).toEqual([...FOREIGN, "_prep/inputs/a.parquet", "_prep/plan.json"].sort());
    expect(await readdir(join(output, "_prep", "tmp"))).toEqual([]);
    expect(namesIn(output)).not.toContain("00001");
    expect(await runOf(output)).toBe("new");
  }));

it("a killed overwrite is finished by the next start: only the old output is gone, and all of it", async () => {
  let isReached = true;
  for (let k = 1; isReached; k++) {
    await withFolder(async (output) => {
      await oldOutput(output);
      await decideOn(output, planOf("new"));
      let renames = 0;
      const killed = finishOverwrite(output, async (from, to) => {
        renames += 1;
        if (renames === k) throw new Error("killed");
        await rename(join(output, from), join(output, to));
      });
      isReached = await killed.then(
        () => false,
        () => true,
      );
      await finishOverwrite(output);
      expect(await everything(output)).toEqual([...FOREIGN, "_prep/plan.json"].sort());
      expect(await runOf(output)).toBe("new");
      if (!isReached) expect(k).toBeGreaterThan(15);
    });
  }
});

it("a start that was asleep before any of its renames moves nothing of the new run", async () => {
  let isReached = true;
  for (let k = 1; isReached; k++) {
    await withFolder(async (output) => {
      await oldOutput(output);
      await decideOn(output, planOf("new"));
      let renames = 0;
      await finishOverwrite(output, async (from, to) => {
        renames += 1;
        if (renames === k) {
          await finishOverwrite(output);
          for (const name of NEW) await writeFile(join(output, name), "new");
        }
        await rename(join(output, from), join(output, to));
      });
      isReached = renames >= k;
      if (!isReached) return expect(k).toBeGreaterThan(15);
      for (const name of NEW) expect(await readFile(join(output, name), "utf8")).toBe("new");
      expect(await runOf(output)).toBe("new");
      expect(await everything(output)).toEqual([...FOREIGN, ...NEW, "_prep/plan.json"].sort());
    });
  }
});

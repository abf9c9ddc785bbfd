// The removal of an output whose place a new run takes: by any number of starts at once, none of which takes the new run's files.
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DownloadPlan, PLAN_FORMAT_VERSION } from "../../src/run/download-plan.ts";
import { decideOn, finishOverwrite } from "../../src/run/finish-overwrite.ts";
import { namesIn } from "../cli/support.ts";
import { withFolder } from "../support/parquet.ts";

/** What the start that went on has made. */
const NEW = ["00000.tar", "00000_stats.json", "_prep/settings.json"];

const planOf = (run: string, ...paths: string[]) =>
  ({ format_version: PLAN_FORMAT_VERSION, run, shards: { inputs: paths.map((path) => ({ path })) } }) as unknown as DownloadPlan;

/** An old output with a file of the user's. */
async function oldOutput(output: string): Promise<void> {
  for (const folder of ["tmp/00001.another.1.abc", "inputs", "generations"])
    await mkdir(join(output, "_prep", folder), { recursive: true });
  const names = ["00000.tar", "00000.parquet", "00000_stats.json", "run.json", "_prep/plan.json", "_prep/inputs/a.parquet"];
  for (const name of [...names, "notes.txt"]) await writeFile(join(output, name), "old");
  await mkdir(join(output, "00001"));
  await writeFile(join(output, "00001", "000010000.jpg"), "old");
}

const runOf = async (output: string) => JSON.parse(await readFile(join(output, "_prep", "plan.json"), "utf8")).run;

it("leaves the new plan, what it reads and what is nobody's", () =>
  withFolder(async (output) => {
    await oldOutput(output);
    await finishOverwrite(output);
    expect(await readFile(join(output, "00000.tar"), "utf8")).toBe("old");
    await decideOn(output, planOf("new", "_prep/inputs/a.parquet"));
    await finishOverwrite(output);
    expect(namesIn(output)).toEqual(["_prep", "notes.txt"]);
    expect(namesIn(join(output, "_prep"))).toEqual(["inputs", "plan.json", "tmp"]);
    expect(await readdir(join(output, "_prep", "inputs"))).toEqual(["a.parquet"]);
    expect(await readdir(join(output, "_prep", "tmp"))).toEqual([]);
    expect(await runOf(output)).toBe("new");
  }));

it("moves nothing of the new run where a start was asleep before any of its renames while another one went on", async () => {
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
        await rename(from, to);
      });
      isReached = renames >= k;
      if (!isReached) return expect(k).toBeGreaterThan(8);
      for (const name of NEW) expect(await readFile(join(output, name), "utf8")).toBe("new");
      expect(await runOf(output)).toBe("new");
      expect(namesIn(output)).toEqual(["00000.tar", "00000_stats.json", "_prep", "notes.txt"]);
      expect(namesIn(join(output, "_prep"))).toEqual(["plan.json", "settings.json", "tmp"]);
    });
  }
});

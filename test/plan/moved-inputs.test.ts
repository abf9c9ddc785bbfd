// Runs whose list, output or both were moved, and lists that only look the same.
import { cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inputEntry, withoutPlaces } from "../../src/plan/run-identity.ts";
import { expectRefusal, namesIn } from "../support/cli/refusals.ts";
import { faultsOf, query, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

/** No server answers there. */
const rows = (count: number, name = "a") => `SELECT 'http://127.0.0.1:9/${name}' || i || '.jpg' AS url FROM range(${count}) r(i)`;

function args(list: string, output: string, ...more: string[]): string[] {
  const settings = ["--allow-private-network", "--retries", "0", "--quiet", "--output-format", "webdataset"];
  return ["download", list, "--output", output, "--number-sample-per-shard", "2", ...settings, ...more];
}

async function expectDone(command: readonly string[]): Promise<void> {
  const { code, stderr } = await runPrepHere(command);
  expect(code === 0 ? "" : stderr).toBe("");
}

/** Removes a shard, as if a kill had come before it was made. */
async function undo(output: string, shard: number): Promise<void> {
  for (const ending of [".tar", ".parquet", "_stats.json"]) await rm(join(output, `0000${shard}${ending}`));
}

async function inputsOf(output: string): Promise<string[]> {
  const plan = JSON.parse(await readFile(join(output, "_prep", "plan.json"), "utf8")) as { shards: { inputs: { path: string }[] } };
  return plan.shards.inputs.map(({ path }) => path);
}

describe("a run continues", () => {
  it("if list and output were moved together, and its plan then has the new path of the list", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "mv", "list.parquet"), rows(6));
      await expectDone(args(list, join(folder, "mv", "out")));
      await undo(join(folder, "mv", "out"), 1);
      await rename(join(folder, "mv"), join(folder, "mv2"));
      const output = join(folder, "mv2", "out");
      await expectDone(args(join(folder, "mv2", "list.parquet"), output));
      expect(await faultsOf(output, 6)).toEqual([]);
      expect(await inputsOf(output)).toEqual([join(folder, "mv2", "list.parquet")]);
      expect(await readdir(join(output, "_prep"))).not.toContain("plan-2.json");
      expect((await runPrepHere(["verify", output])).code).toBe(0);
    }));

  it("if only the output or only the list was moved, into a folder whose key is no column", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "mv", "list.parquet"), rows(6));
      await expectDone(args(list, join(folder, "mv", "out")));
      await undo(join(folder, "mv", "out"), 2);
      const output = join(folder, "larger", "deep", "out");
      await mkdir(join(folder, "larger", "deep"), { recursive: true });
      await rename(join(folder, "mv", "out"), output);
      await expectDone(args(list, output));
      expect(await faultsOf(output, 6)).toEqual([]);
      await undo(output, 0);
      await rename(list, join(folder, "list.parquet"));
      await expectDone(args(join(folder, "list.parquet"), output, "--incremental-mode", "extend"));
      expect(await faultsOf(output, 6)).toEqual([]);
      await undo(output, 1);
      await mkdir(join(folder, "part=1"));
      await rename(join(folder, "list.parquet"), join(folder, "part=1", "list.parquet"));
      await expectDone(args(join(folder, "part=1", "list.parquet"), output));
      expect(await faultsOf(output, 6)).toEqual([]);
    }));

  it("if a text list was moved with it, without converting the list again", () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, "mv"));
      await query(`COPY (${rows(6)}) TO '${join(folder, "mv", "list.csv")}'`);
      await expectDone(args(join(folder, "mv", "list.csv"), join(folder, "mv", "out")));
      const output = join(folder, "mv2", "out");
      await undo(join(folder, "mv", "out"), 1);
      const inputs = namesIn(join(folder, "mv", "out", "_prep", "inputs"));
      await rename(join(folder, "mv"), join(folder, "mv2"));
      await expectDone(args(join(folder, "mv2", "list.csv"), output));
      expect(namesIn(join(output, "_prep", "inputs"))).toEqual(inputs);
      // If the converted file was removed, it is made again.
      await undo(output, 2);
      await rm(join(output, "_prep", "inputs"), { recursive: true });
      await expectDone(args(join(folder, "mv2", "list.csv"), output));
      expect(await faultsOf(output, 6)).toEqual([]);
      expect((await sidecarRows(output)).map(({ url }) => String(url).slice(-5))).toEqual([0, 1, 2, 3, 4, 5].map((row) => `${row}.jpg`));
    }));

  it("with files of the same name in several folders, each at its place", () =>
    withFolder(async (folder) => {
      for (const name of ["x", "y"]) await writeParquet(join(folder, "mv", name, "a.parquet"), rows(3, name));
      const glob = (root: string) => join(folder, root, "*", "a.parquet");
      const output = join(folder, "out");
      await expectDone(args(glob("mv"), output));
      await undo(output, 3);
      await cp(join(folder, "mv"), join(folder, "swapped"), { recursive: true });
      await rename(join(folder, "swapped", "x"), join(folder, "swapped", "z"));
      await expectRefusal(args(glob("swapped"), output), { code: 5, says: ["another download:\n  inputs: they are in another order"] });
      await rename(join(folder, "mv"), join(folder, "mv2"));
      await expectDone(args(glob("mv2"), output));
      expect(await faultsOf(output, 6)).toEqual([]);
      expect((await sidecarRows(output)).map(({ url }) => String(url).slice(-6, -4))).toEqual(["x0", "x1", "x2", "y0", "y1", "y2"]);
    }));
});

it("another list of the same name is refused, and only the difference is named", () =>
  withFolder(async (folder) => {
    const output = join(folder, "out");
    await expectDone(args(await writeParquet(join(folder, "one", "list.parquet"), rows(2)), output));
    const other = await writeParquet(join(folder, "two", "list.parquet"), rows(2, "b"));
    await expectRefusal(args(other, output), {
      code: 5,
      says: [/inputs: list\.parquet has changed since\./],
    });
  }));

describe("inputs that an earlier version named by their paths from the output", () => {
  const facts = { bytes: 360, format: "parquet", rows: 6 } as const;
  const wanted = (...paths: string[]) => ({ inputs: paths.map((path) => inputEntry({ path, ...facts }, "87450b00")) });
  const stored = (...names: string[]) => ({ inputs: names.map((name) => `${name} 360 6 87450b00`) });

  it.each([
    ["../list.parquet", "/data/list.parquet"],
    ["../../a folder/list of mine.parquet", "/elsewhere/list of mine.parquet"],
    ["../part=1/list.parquet", "/data/part=1/list.parquet"],
    ["../part=1/list.parquet", "/data/list.parquet"],
    ["list.parquet", "/data/out/list.parquet"],
  ])("%s is %s", (name, path) => {
    expect(withoutPlaces(stored(name), wanted(path))).toEqual(wanted(path));
  });

  it("are different if their names or contents differ", () => {
    expect(withoutPlaces(stored("../list.parquet"), wanted("/data/other.parquet"))).toEqual(stored("../list.parquet"));
    const changed = { inputs: ["../list.parquet 361 6 87450b00"] };
    expect(withoutPlaces(changed, wanted("/data/list.parquet"))).toEqual(changed);
  });

  it("are compared by order and number, and other identities stay unchanged", () => {
    expect(withoutPlaces(stored("../a.csv", "../b.csv"), wanted("/b.csv", "/a.csv"))).toEqual(stored("../a.csv", "../b.csv"));
    expect(withoutPlaces(stored("../a.csv", "../b.csv"), wanted("/a.csv"))).not.toEqual(wanted("/a.csv"));
    expect(withoutPlaces({ selection: "s" }, wanted("/a.csv"))).toEqual({ selection: "s" });
  });
});

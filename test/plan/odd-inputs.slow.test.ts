// Unusual but valid inputs, and outputs that were damaged by hand.
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(300, 200) } });
});

afterAll(() => server.close());

const url = (name: string) => `'${server.url("/a.jpg")}?${name}' || i`;
const COMMON = ["--allow-private-network", "--quiet", "--output-format", "webdataset"];

async function jsonOf(output: string): Promise<Record<string, unknown>[]> {
  return (await loadedSamples(output)).map(({ members }) => JSON.parse(members.get("json")?.toString() ?? "") as Record<string, unknown>);
}

describe("unusual inputs", () => {
  it("give all their rows if files write column names in other letters", () =>
    withFolder(async (folder) => {
      await writeParquet(join(folder, "in", "a.parquet"), `SELECT ${url("x")} AS "URL", 'upper ' || i AS "TEXT" FROM range(3) r(i)`);
      await writeParquet(join(folder, "in", "b.parquet"), `SELECT ${url("y")} AS url, 'lower ' || i AS text FROM range(4) r(i)`);
      const output = join(folder, "out");
      const args = ["download", join(folder, "in"), "--output", output, "--url-col", "URL", "--caption-col", "TEXT", ...COMMON];
      expect((await runPrep(args)).code).toBe(0);
      expect(await faultsOf(output, 7)).toEqual([]);
      expect((await jsonOf(output)).map(({ caption }) => caption)).toEqual([
        "upper 0",
        "upper 1",
        "upper 2",
        "lower 0",
        "lower 1",
        "lower 2",
        "lower 3",
      ]);
    }));

  it("keep columns that are called like those of prep or DuckDB, each once", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(
        join(folder, "in.parquet"),
        `SELECT ${url("z")} AS url, 'mine' AS file_row_number, 'too' AS prep_position, 'x' AS "order", 640 AS width, 7 AS metadata_width FROM range(30) r(i)`,
      );
      const output = join(folder, "out");
      const args = ["download", list, "--output", output, "--save-additional-columns", "all", "--number-sample-per-shard", "9", ...COMMON];
      expect((await runPrep(args)).code).toBe(0);
      expect(await faultsOf(output, 30)).toEqual([]);
      expect((await jsonOf(output))[12]).toMatchObject({
        url: `${server.url("/a.jpg")}?z12`,
        file_row_number: "mine",
        prep_position: "too",
        order: "x",
        metadata_width: 7,
        metadata_metadata_width: 640,
        width: 256,
      });
    }));

  it("with numbers or structs as captions get meaningful text", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(
        join(folder, "in.parquet"),
        `SELECT ${url("s")} AS url, {'en': 'a cat', 'n': 9007199254740993} AS st FROM range(1) r(i)`,
      );
      const output = join(folder, "out");
      await runPrep(["download", list, "--output", output, "--caption-col", "st", ...COMMON]);
      expect((await loadedSamples(output))[0]?.members.get("txt")?.toString()).toBe('{"en":"a cat","n":9007199254740993}');
    }));

  it("are refused before any download if URLs are not text", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "in.parquet"), "SELECT 7 AS url");
      const result = await runPrep(["download", list, "--output", join(folder, "out"), ...COMMON]);
      expect(result.code).toBe(4);
      expect(result.stderr).toContain("the column url holds INTEGER, not text");
    }));

  it("are different inputs if files have equal names and sizes but other contents", () =>
    withFolder(async (folder) => {
      for (const name of ["a", "b"])
        await writeParquet(join(folder, name, "x.parquet"), `SELECT 'http://${name}.example/' || i AS url FROM range(100) r(i)`);
      const args = (name: string) => [
        "filter",
        "SELECT * FROM metadata",
        "--metadata",
        join(folder, name),
        "--output",
        join(folder, "out"),
        "--quiet",
      ];
      expect((await runPrep(args("a"))).code).toBe(0);
      const other = await runPrep(args("b"));
      expect(other.code).toBe(5);
      expect(other.stderr).toContain("  inputs: ");
    }));
});

describe("an output that was damaged by hand", () => {
  it("gets a shard again whose record was removed, also in the files format", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "in.parquet"), `SELECT ${url("d")} AS url FROM range(5) r(i)`);
      const output = join(folder, "out");
      const args = ["download", list, "--output", output, "--allow-private-network", "--quiet"];
      await runPrep(args);
      await rm(join(output, "00000_stats.json"));
      await rm(join(output, "00000", "000000003.jpg"));
      expect((await runPrep(args)).code).toBe(0);
      expect((await readdir(join(output, "00000"))).filter((name) => name.endsWith(".jpg"))).toHaveLength(5);
      expect((await sidecarRows(output)).map(({ status }) => status)).toEqual(Array(5).fill("success"));
    }));

  it("names a committed file that is missing, and makes its shard again when the record is removed", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "in.parquet"), `SELECT ${url("e")} AS url FROM range(5) r(i)`);
      const output = join(folder, "out");
      const args = ["download", list, "--output", output, ...COMMON];
      await runPrep(args);
      await rm(join(output, "00000.tar"));
      const broken = await runPrep(args);
      expect(broken.code).toBe(5);
      expect(broken.stderr).toContain("00000.tar are gone");
      await rm(join(output, "00000_stats.json"));
      expect((await runPrep(args)).code).toBe(0);
      expect(await faultsOf(output, 5)).toEqual([]);
    }));

  it("gets a shard again whose record is torn", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "in.parquet"), `SELECT ${url("f")} AS url FROM range(5) r(i)`);
      const output = join(folder, "out");
      const args = ["download", list, "--output", output, ...COMMON];
      await runPrep(args);
      const { writeFile } = await import("node:fs/promises");
      await writeFile(join(output, "00000_stats.json"), (await readFile(join(output, "00000_stats.json"), "utf8")).slice(0, 40));
      expect((await runPrep(args)).code).toBe(0);
      expect(await faultsOf(output, 5)).toEqual([]);
    }));
});

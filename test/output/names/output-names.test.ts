// Refusals of runs that would overwrite their input or foreign files.
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectRefusal, namesIn } from "../../support/cli/refusals.ts";
import { faultsOf } from "../../support/output.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrepHere } from "../../support/prep-here.ts";

const MODES = ["incremental", "extend", "overwrite"] as const;

/** No server listens there. */
const rows = (count: number) => `SELECT 'http://127.0.0.1:9/' || i || '.jpg' AS url, 'a caption' AS caption FROM range(${count}) r(i)`;

function args(list: string, output: string, ...more: string[]): string[] {
  const manners = ["--allow-private-network", "--retries", "0", "--quiet"];
  return ["download", list, "--output", output, "--number-sample-per-shard", "2", ...manners, ...more];
}

async function expectDone(command: readonly string[]): Promise<void> {
  const { code, stderr } = await runPrepHere(command);
  expect(code === 0 ? "" : stderr).toBe("");
}

describe("an input under a name of its own output", () => {
  it.each(MODES)("is refused and unchanged if a shard would get its name (%s)", (mode) =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "same", "00001.parquet"), rows(3));
      const before = await readFile(list);
      const says = [
        /error: .*same\/00001\.parquet is the input, and this run would overwrite it\nhint: Copy it elsewhere, or name another/,
      ];
      // A folder with a list in it is not an output that could be overwritten.
      const refusal = { code: 5, says: mode === "overwrite" ? [/is not an output of prep or img2dataset/] : says };
      for (const input of [list, join(folder, "same")])
        await expectRefusal(args(input, join(folder, "same"), "--incremental-mode", mode), refusal);
      expect(namesIn(join(folder, "same"))).toEqual(["00001.parquet"]);
      expect(await readFile(list)).toEqual(before);
    }),
  );

  it("is refused whatever links lead to it or to the output", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "same", "00000.parquet"), rows(3));
      await symlink(list, join(folder, "link.parquet"));
      await symlink(join(folder, "same"), join(folder, "linked"));
      const says = ["is the input, and this run would overwrite it"];
      await expectRefusal(args(join(folder, "link.parquet"), join(folder, "same")), { code: 5, says });
      await expectRefusal(args(list, join(folder, "linked")), { code: 5, says });
    }));

  it.each(["run.json", "sizes.json", "00000"])("is refused as a text file too: %s", (name) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, name), '[{"url":"http://127.0.0.1:9/a.jpg"}]');
      const format = ["--input-format", name.endsWith(".json") ? "json" : "txt"];
      const says = [`${name} is the input, and this run would overwrite it`];
      await expectRefusal(args(join(folder, name), folder, ...format), { code: 5, says });
      expect(namesIn(folder)).toEqual([name]);
    }),
  );

  it("is refused by overwrite if it would be removed with the old output", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "list.parquet"), rows(3));
      const output = join(folder, "out");
      await expectDone(args(list, output));
      const sidecar = join(output, "00001.parquet");
      const before = await readFile(sidecar);
      const says = ["00001.parquet is the input, and this run would overwrite it"];
      await expectRefusal(args(sidecar, output, "--incremental-mode", "overwrite"), { code: 5, says });
      expect(await readFile(sidecar)).toEqual(before);
      // No shard of the old run nor of the new one, which has one.
      const text = join(output, "00009");
      await writeFile(text, "http://127.0.0.1:9/a.jpg\n");
      await expectDone(args(text, output, "--incremental-mode", "overwrite"));
      expect(await readFile(text, "utf8")).toContain("a.jpg");
    }));

  it("is accepted if no shard gets its name, and so are files beside it", () =>
    withFolder(async (folder) => {
      for (const name of ["list.parquet", "20240101.parquet"]) {
        const output = join(folder, name);
        await writeParquet(join(output, name), rows(3));
        await writeFile(join(output, "notes.txt"), "mine");
        await expectDone(args(join(output, name), output));
        expect(namesIn(output)).toEqual(expect.arrayContaining([name, "notes.txt", "00000", "00001", "00001.parquet"]));
      }
    }));
});

describe("a foreign file under a name that a shard would get", () => {
  const precious = async (folder: string) => await readFile(join(folder, "out", "00000", "precious.txt"), "utf8");
  async function keep(folder: string): Promise<string> {
    await mkdir(join(folder, "out", "00000"), { recursive: true });
    await writeFile(join(folder, "out", "00000", "precious.txt"), "precious");
    return await writeParquet(join(folder, "list.parquet"), rows(3));
  }

  it.each(["files", "webdataset"])("is refused by its name and stays (%s)", (format) =>
    withFolder(async (folder) => {
      const list = await keep(folder);
      await writeFile(join(folder, "out", "00001.tar"), "mine");
      const says = [
        /error: .*out holds 00000, 00001\.tar, which no plan of prep names: this run would overwrite them\nhint: Name another --output/,
      ];
      for (const mode of ["incremental", "extend"]) {
        const more = ["--output-format", format, "--incremental-mode", mode];
        await expectRefusal(args(list, join(folder, "out"), ...more), { code: 5, says });
      }
      expect(namesIn(join(folder, "out"))).toEqual(["00000", "00001.tar"]);
      expect(await precious(folder)).toBe("precious");
    }),
  );

  it("is refused by prep run before stage one, even under a number that only many rows would reach", () =>
    withFolder(async (folder) => {
      const metadata = await keep(folder);
      await writeFile(join(folder, "out", "00777.parquet"), "mine");
      const says = [/holds 00000, 00777\.parquet, which no plan of prep names/];
      await expectRefusal(["all", "--metadata", metadata, "--output", join(folder, "out")], { code: 5, says });
      expect(namesIn(join(folder, "out"))).toEqual(["00000", "00777.parquet"]);
      expect(await precious(folder)).toBe("precious");
    }));

  it("is refused before the first download if the number of shards depends on a text file", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      await mkdir(output);
      await writeFile(join(output, "00002.tar"), "mine");
      await writeFile(join(folder, "list.txt"), Array.from({ length: 5 }, (_, row) => `http://127.0.0.1:9/${row}.jpg\n`).join(""));
      const says = [/holds 00002\.tar, which no plan of prep names: this run would overwrite it/];
      await expectRefusal(args(join(folder, "list.txt"), output), { code: 5, says });
      expect(namesIn(output)).toEqual(["00002.tar", "_prep"]);
      expect(await readFile(join(output, "00002.tar"), "utf8")).toBe("mine");
    }));

  it("is refused if a run that extends an output would need its name", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      await expectDone(args(await writeParquet(join(folder, "list.parquet"), rows(3)), output));
      await writeFile(join(output, "00002.tar"), "mine");
      const more = await writeParquet(join(folder, "more.parquet"), rows(1));
      await expectRefusal(args(more, output, "--incremental-mode", "extend"), {
        code: 5,
        says: ["holds 00002.tar, which no plan of prep names"],
      });
    }));

  it("is refused in a folder of img2dataset too, and the run starts once it is removed", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      await mkdir(output);
      const stats = { count: 2, successes: 1, failed_to_download: 1, failed_to_resize: 0, status_dict: { success: 1 } };
      await writeFile(join(output, "00000_stats.json"), JSON.stringify(stats));
      for (const name of ["00000.tar", "00001.tar"]) await writeFile(join(output, name), "img2dataset's");
      const list = await writeParquet(join(folder, "list.parquet"), rows(3));
      const extending = args(list, output, "--output-format", "webdataset", "--incremental-mode", "extend");
      const says = [/holds 00001\.tar, which no plan of prep names.*\nhint: .*You may remove shards that img2dataset left/];
      await expectRefusal(extending, { code: 5, says });
      expect(await readFile(join(output, "00001.tar"), "utf8")).toBe("img2dataset's");
      await rm(join(output, "00001.tar"));
      await expectDone(extending);
      expect(await readFile(join(output, "00000.tar"), "utf8")).toBe("img2dataset's");
      expect(namesIn(output)).toContain("00001_stats.json");
    }));

  it("is replaced if it is a shard of this run whose record was removed", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "list.parquet"), rows(3));
      const output = join(folder, "out");
      await expectDone(args(list, output, "--output-format", "webdataset"));
      await rm(join(output, "00001_stats.json"));
      await expectDone(args(list, output, "--output-format", "webdataset"));
      expect(await faultsOf(output, 3)).toEqual([]);
    }));
});

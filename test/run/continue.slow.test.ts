// `prep continue` after kills, from other folders, and on extended outputs.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verified } from "../support/damage.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, query, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;

beforeAll(async () => {
  const body = await paintPicture(64, 48);
  server = await startScriptedServer(Object.fromEntries(Array.from({ length: 40 }, (_, row) => [`/${row}.jpg`, { body }])));
});
afterAll(() => server.close());

const LIMITS = ["--allow-private-network", "--retries", "0", "--robots", "ignore"];
const ROWS = 40;

const writeMetadata = (folder: string) =>
  writeParquet(
    join(folder, "meta.parquet"),
    `SELECT '${server.url("/")}' || i || '.jpg' AS url, 'caption ' || i AS caption FROM range(${ROWS}) r(i)`,
  );

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const has = (folder: string, name: string) =>
  readdir(folder)
    .then((names) => names.includes(name))
    .catch(() => false);

const recordsIn = async (output: string) => (await readdir(output)).filter((name) => name.endsWith("_stats.json")).length;

/** Runs `prep continue` from another folder, where relative paths of the start lead nowhere. */
const goOn = (output: string, ...options: string[]) => runPrep(["continue", output, ...options], { cwd: "/" });

describe("prep continue", () => {
  it("completes a selection after kill -9, with the relative paths of the start", () =>
    withFolder(async (folder) => {
      await writeMetadata(folder);
      await writeFile(join(folder, "mine.sql"), "SELECT * FROM metadata WHERE caption <> 'caption 7'");
      const job = ["mine.sql", "--metadata", "meta.parquet", "--number-sample-per-shard", "10", "--seed", "3"];
      const { process: child, result } = startPrep([...job, "--output", "out", ...LIMITS], { cwd: folder });
      const output = join(folder, "out");
      await until(() => has(join(output, "_prep"), "start.json"));
      child.kill("SIGKILL");
      await result;
      // The kill may come at any moment of the selection; no shard is done yet.
      const status = await runPrep(["status", output]);
      expect(status.stdout).toContain("made by  prep mine.sql --metadata meta.parquet --number-sample-per-shard 10 --seed 3 --output out ");
      await until(async () => (await runPrep(["status", output, "--json"])).stdout.includes('"next"') || (await has(output, "run.json")));
      const continued = await goOn(output);
      expect([continued.code, continued.stderr]).toEqual([
        0,
        expect.stringMatching(/using the limits that this output was made with: --retries 0/),
      ]);
      expect(await faultsOf(output, ROWS - 1)).toEqual([]);
      expect((await sidecarRows(output)).every(({ outcome }) => outcome === "success")).toBe(true);

      const calm = join(folder, "calm");
      expect((await runPrep([...job, "--output", calm, ...LIMITS], { cwd: folder })).code).toBe(0);
      const rows = (folder: string) => query(`SELECT url, caption, key FROM read_parquet('${folder}/0*.parquet') ORDER BY key`);
      expect(await rows(output)).toEqual(await rows(calm));
      expect(await goOn(output)).toMatchObject({ code: 0, stderr: expect.stringContaining("nothing is left to do") as unknown });
    }));

  it("completes a download after kill -9, and requests nothing of a finished shard again", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      const hanging = await paintPicture(64, 48);
      server.route("/35.jpg", { hang: "before-headers" });
      const shape = ["--output", output, "--output-format", "webdataset", "--number-sample-per-shard", "10", "--image-size", "32"];
      const { process: child, result } = startPrep(["download", await writeMetadata(folder), ...shape, ...LIMITS, "--timeout", "600"]);
      await until(async () => (await recordsIn(output).catch(() => 0)) >= 3);
      child.kill("SIGKILL");
      await result;
      server.route("/35.jpg", { body: hanging });
      const before = server.requests("/5.jpg");
      const status = JSON.parse((await runPrep(["status", output, "--json"])).stdout) as { command: string };
      expect(status.command).toContain("--image-size 32");
      const retried = await runPrep(["retry", output]);
      expect([retried.code, retried.stderr]).toEqual([0, expect.stringContaining(`1 shard is not done yet`)]);
      expect(retried.stderr).toContain(`prep continue ${output} does the rest`);
      const continued = await goOn(output, "--timeout", "20");
      expect([continued.code, continued.stderr]).toEqual([0, expect.stringContaining("3 shards were done earlier")]);
      expect(server.requests("/5.jpg")).toBe(before);
      expect(await faultsOf(output, ROWS)).toEqual([]);
      expect(JSON.parse(await readFile(join(output, "_prep", "settings.json"), "utf8"))).toMatchObject({ timeoutMs: 20_000, retries: 0 });
    }));

  it("completes a list that was killed before it had a plan", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "list.txt"), Array.from({ length: 5 }, (_, row) => `${server.url(`/${row}.jpg`)}\n`).join(""));
      const output = join(folder, "out");
      const done = await runPrep(["download", "list.txt", "--output", "out", ...LIMITS], { cwd: folder });
      expect(done.code).toBe(0);
      // The state that a kill before the plan leaves.
      for (const name of await readdir(output)) if (name !== "_prep") await rm(join(output, name), { recursive: true });
      for (const name of ["plan.json", "inputs"]) await rm(join(output, "_prep", name), { recursive: true });
      const start = JSON.parse(await readFile(join(output, "_prep", "start.json"), "utf8")) as Record<string, unknown>;
      const { sealedText } = await import("../../src/store/seal.ts");
      const { run: _run, digest: _digest, ...unplanned } = start;
      await writeFile(join(output, "_prep", "start.json"), sealedText(unplanned));
      for (const verb of ["retry", "verify"]) {
        const { code, stderr } = await runPrep([verb, output]);
        expect([verb, code, stderr]).toEqual([
          verb,
          7,
          expect.stringContaining(`nothing finished yet\nhint: Start prep continue ${output} first.`),
        ]);
      }
      expect((await goOn(output)).code).toBe(0);
      expect(await faultsOf(output, 5)).toEqual([]);
    }));

  it("takes the newest run of an extended output, or the one that is named", () =>
    withFolder(async (folder) => {
      const metadata = await writeMetadata(folder);
      const output = join(folder, "out");
      const shape = ["--output", output, "--output-format", "webdataset", "--number-sample-per-shard", "10", ...LIMITS];
      expect((await runPrep(["download", metadata, ...shape])).code).toBe(0);
      const more = await writeParquet(join(folder, "more.parquet"), `SELECT '${server.url("/1.jpg")}?' || i AS url FROM range(20) r(i)`);
      expect((await runPrep(["download", more, ...shape, "--incremental-mode", "extend"])).code).toBe(0);
      for (const shard of ["00001", "00004"])
        for (const name of [`${shard}.tar`, `${shard}.parquet`, `${shard}_stats.json`]) await rm(join(output, name));
      const plan = JSON.parse(await readFile(join(output, "_prep", "plan.json"), "utf8")) as { run: string };
      const newest = await goOn(output);
      expect([newest.code, newest.stderr]).toEqual([0, expect.stringContaining(`prep continue ${output} --run ${plan.run}`)]);
      expect([await has(output, "00004.tar"), await has(output, "00001.tar")]).toEqual([true, false]);
      expect((await goOn(output, "--run", "zz")).code).toBe(2);
      expect((await goOn(output, "--run", plan.run.slice(0, 6))).code).toBe(0);
      expect(await faultsOf(output, ROWS + 20)).toEqual([]);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
    }));

  it("says how finished partitions are downloaded, refuses options that shape an output, and refuses other folders", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      const metadata = await writeMetadata(folder);
      expect((await runPrep(["filter", "SELECT * FROM metadata", "--metadata", metadata, "--output", output])).code).toBe(0);
      const told = await goOn(output);
      expect([told.code, told.stderr]).toEqual([0, expect.stringContaining(`prep download ${output}/partitions --output ${output}`)]);
      expect(await goOn(output, "--image-size", "99")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("--image-size is fixed by the run that made the output") as unknown,
      });
      expect((await goOn(folder)).code).toBe(5);
      await mkdir(join(output, "_prep"));
      await writeFile(join(output, "_prep", "start.json"), "{}");
      expect(await goOn(output)).toMatchObject({ code: 5, stderr: expect.stringContaining("start.json is damaged") as unknown });
    }));

  it("is the command that Ctrl-C names", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      server.route("/39.jpg", { hang: "before-headers" });
      const { process: child, result } = startPrep(["download", await writeMetadata(folder), "--output", output, ...LIMITS]);
      await until(() => has(join(output, "_prep"), "plan.json"));
      child.kill("SIGINT");
      expect(await result).toMatchObject({ code: 130, stderr: expect.stringContaining(`hint: Start prep continue ${output}.`) as unknown });
    }));
});

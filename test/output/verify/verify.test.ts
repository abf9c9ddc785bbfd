// prep verify: damage of each kind is found, named and repaired, and sound outputs pass.
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../../support/cli/refusals.ts";
import { unseenDamages, verified } from "../../support/damage.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/fetch/scripted-server.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrepHere } from "../../support/prep-here.ts";
import { paintPicture } from "../../support/transform/painted-picture.ts";

let server: ScriptedServer;
let folder: Awaited<ReturnType<typeof makeFolder>>;
let whole: string;

beforeAll(async () => {
  server = await startScriptedServer({ "/small.jpg": { body: await paintPicture(64, 48) }, "/page.jpg": { body: "<html>" } });
  folder = await makeFolder();
  whole = join(folder.path, "whole");
  const list = ["/small.jpg", "/gone.jpg", "/page.jpg", "/small.jpg"].map((path) => `'${server.url(path)}'`).join(", ");
  const metadata = await writeParquet(
    join(folder.path, "m.parquet"),
    `SELECT [${list}][1 + i % 4] || '?' || i AS "URL", 'caption ' || i AS "TEXT", 640 AS "WIDTH", 480 AS "HEIGHT" FROM range(40) r(i)`,
  );
  const result = await runPrepHere([
    "SELECT * FROM metadata",
    "--metadata",
    metadata,
    "--output",
    whole,
    "--number-sample-per-shard",
    "15",
    "--allow-private-network",
    "--quiet",
  ]);
  expect(result.code).toBe(0);
}, 60_000);

afterAll(async () => {
  await server.close();
  await folder.remove();
});

/** Runs a test on a copy of the output, which it may damage. */
async function withCopy(work: (output: string) => Promise<void>): Promise<void> {
  await withFolder(async (one) => {
    const output = join(one, "out");
    await cp(whole, output, { recursive: true });
    await work(output);
  });
}

describe("prep verify", () => {
  it("finds nothing wrong with a whole output and says how much it read", async () => {
    const result = await runPrepHere(["verify", whole]);
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^read back \d+ partitions, \d+ shards, 40 rows, /);
    const report = await verified(whole);
    expect(report).toMatchObject({ damage: 0, unfinished: 0, shardsUndone: 0, rows: 40, findings: [] });
  });

  it(
    "finds flipped bytes and truncations in every file",
    () =>
      withCopy(async (output) => {
        expect(await unseenDamages(output, 60, 1)).toEqual([]);
      }),
    60_000,
  );

  it("ends with 5 and names the file, the fault and the remedy, also as JSON", () =>
    withCopy(async (output) => {
      const tar = await readFile(join(output, "00001.tar"));
      tar[700] = (tar[700] ?? 0) ^ 1;
      await writeFile(join(output, "00001.tar"), tar);
      const result = await runPrepHere(["verify", output]);
      expect(result.code).toBe(5);
      expect(result.stdout).toContain("00001.tar: its SHA-256 differs from its record");
      expect(result.stderr).toMatch(/1 shard is damaged\nhint: prep verify .* --repair/);
      const json = (await runPrepHere(["verify", output, "--json"])).stdout.trim().split("\n");
      expect(json.map((line) => JSON.parse(line) as object)).toMatchObject([
        { event: "finding", kind: "digest", file: "00001.tar", shard: "00001" },
        { event: "verified", damage: 1, damagedShards: ["00001"] },
      ]);
    }));

  it.each(["00000.tar", "00000.parquet", "00000_stats.json"])(
    "names a folder in the place of %s, never removes it, and repairs the shard after it was moved away",
    (file) =>
      withCopy(async (output) => {
        await rm(join(output, file));
        await mkdir(join(output, file));
        await writeFile(join(output, file, "note.txt"), "anybody's");
        const result = await runPrepHere(["verify", output]);
        expect(result.code).toBe(5);
        expect(result.stdout).toContain(`${file}: it `);
        expect((await runPrepHere(["status", output])).code).toBe(0);
        const repair = ["verify", output, "--repair", "--allow-private-network", "--quiet"];
        const refused = await runPrepHere(repair);
        expect(refused.stderr).toMatch(
          /^error: a folder stands where a file belongs.*\nhint: Move it away, then start prep verify \S+out --repair\.\n$/,
        );
        expect(refused.code).toBe(5);
        expect(await readFile(join(output, file, "note.txt"), "utf8")).toBe("anybody's");
        await rename(join(output, file), join(output, "note"));
        expect(await runPrepHere(repair)).toMatchObject({ code: 0, stderr: "" });
        expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 40 });
      }),
  );

  it.each(["{}", "[1]", '{"format_version":2,"files":7}', '{"format_version":"2","generation":0}'])(
    "reports a record whose JSON is not ours, %s, as damage of its shard and repairs it",
    (text) =>
      withCopy(async (output) => {
        await writeFile(join(output, "00001_stats.json"), text);
        expect(await verified(output)).toMatchObject({
          damagedShards: ["00001"],
          findings: [{ kind: "record", file: "00001_stats.json" }],
        });
        const repaired = await runPrepHere(["verify", output, "--repair", "--allow-private-network", "--quiet"]);
        expect(repaired).toMatchObject({ code: 0, stderr: "" });
        expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 40 });
      }),
  );

  it("names a changed plan, calls no shard damaged because of it, and repairs nothing by it", () =>
    withCopy(async (output) => {
      const path = join(output, "_prep", "plan.json");
      const plan = JSON.parse(await readFile(path, "utf8")) as object;
      await writeFile(path, JSON.stringify({ ...plan, shape: null }));
      expect(await verified(output)).toMatchObject({ damagedShards: [], findings: [{ kind: "plan", file: "_prep/plan.json" }] });
      const result = await runPrepHere(["verify", output, "--repair"]);
      expect(result.code).toBe(5);
      expect(result.stderr).toContain("shards are made from it, so none can be repaired");
      for (const text of [JSON.stringify({ ...plan, shards: null }), "null"]) {
        await writeFile(path, text);
        for (const verb of ["status", "retry"]) {
          const told = await runPrepHere([verb, output]);
          expect(told.stderr).toMatch(/^error: .*plan\.json is damaged: its text differs from what was written\nhint: /);
          expect(told.code).toBe(5);
        }
      }
    }));

  it("says whether to move unrecorded files away or to continue the run", () =>
    withCopy(async (output) => {
      await writeFile(join(output, "00099.tar"), "");
      expect((await runPrepHere(["verify", output])).stderr).toContain("hint: Move away what is named above");
      await rm(join(output, "00099.tar"));
      await rm(join(output, "00000_stats.json"));
      expect((await runPrepHere(["verify", output])).stderr).toContain(
        `hint: Start prep continue ${output}, which makes shards without a record again`,
      );
    }));

  it("finds missing and unrecorded files, and ends with 7 if shards are only unfinished", () =>
    withCopy(async (output) => {
      await rm(join(output, "00000.parquet"));
      await writeFile(join(output, "00099.tar"), "");
      await writeFile(join(output, "partitions", "part-99999.parquet"), "");
      expect((await verified(output)).findings.map(({ kind, file }) => `${kind} ${file}`).sort()).toEqual([
        "missing 00000.parquet",
        "unrecorded 00099.tar",
        "unrecorded partitions/part-99999.parquet",
      ]);
      await rm(join(output, "00099.tar"));
      await rm(join(output, "partitions", "part-99999.parquet"));
      for (const name of ["00000_stats.json", "00000.tar"]) await rm(join(output, name));
      const result = await runPrepHere(["verify", output]);
      expect(result.stderr).toContain("1 shard of ");
      expect(result.code).toBe(7);
    }));

  it("reads the format of the first version and names a format of a later one", async () => {
    const golden = join(import.meta.dirname, "..", "..", "golden", "output-v1");
    expect(await verified(golden)).toMatchObject({ damage: 0, unfinished: 0, rows: 6 });
    expect((await readdir(golden)).length).toBeGreaterThan(5);
    await withFolder(async (one) => {
      const output = join(one, "out");
      await cp(golden, output, { recursive: true });
      const path = join(output, "00000_stats.json");
      await writeFile(path, (await readFile(path, "utf8")).replace('"format_version": 1', '"format_version": 99'));
      const report = await verified(output);
      expect(report.findings).toMatchObject([{ kind: "record", text: "its format version 99 is unknown to this version of prep" }]);
      expect(report.damagedShards).toEqual([]);
    });
  });
});

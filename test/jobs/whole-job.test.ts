// prep run from metadata to shards, and how it relates to filter and download.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, query, sidecarRows, tarDigests } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer({
    "/a.jpg": { body: await paintPicture(500, 400) },
    "/b.jpg": { body: await paintPicture(300, 200, 2) },
  });
});

afterAll(() => server.close());

const rowsSql = (rows: number, first = 0) =>
  `SELECT '${server.url("/")}' || CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END || '.jpg?' || i AS "URL", 'caption ' || i AS "TEXT",
     (200 + i % 1000)::INTEGER AS "WIDTH", (100 + i % 1000)::INTEGER AS "HEIGHT", 0.3::DOUBLE AS similarity, (hash(i) >> 1)::BIGINT AS hash,
     (i % 10 / 10)::FLOAT AS pwatermark, (i % 20 / 20)::FLOAT AS punsafe FROM range(${first}, ${first + rows}) r(i)`;

const QUERY = "SELECT * FROM metadata WHERE width >= coalesce(getvariable('side'), 0) AND punsafe < 0.5";
const OPTIONS = ["--allow-private-network", "--number-sample-per-shard", "20", "--quiet"];

describe("prep <query>", () => {
  it("filters, shuffles, partitions, downloads and packs, and stores the row in the JSON of the sample", () =>
    withFolder(async (folder) => {
      await writeParquet(join(folder, "meta", "one.parquet"), rowsSql(100));
      await writeParquet(join(folder, "meta", "two.parquet"), rowsSql(60, 100));
      await writeFile(join(folder, "meta", "_SUCCESS"), "");
      const output = join(folder, "out");
      const result = await runPrepHere([QUERY, "--metadata", join(folder, "meta"), "--set", "side=210", "--output", output, ...OPTIONS]);
      expect(result.stderr).not.toContain("error");
      expect(result.code).toBe(0);
      expect(result.stdout).toBe(`${output}\n`);
      const kept = await query(`SELECT count(*) AS n FROM '${folder}/meta/*.parquet' WHERE "WIDTH" >= 210 AND punsafe < 0.5`);
      const rows = Number(kept[0]?.["n"]);
      expect(await faultsOf(output, rows)).toEqual([]);
      const sample = (await loadedSamples(output))[0];
      expect([...(sample?.members.keys() ?? [])]).toEqual(["jpg", "json", "txt"]);
      const json = JSON.parse(sample?.members.get("json")?.toString() ?? "") as Record<string, unknown>;
      expect(Object.keys(json)).toEqual(
        "metadata_width metadata_height punsafe pwatermark similarity hash caption url key status error_message width height original_width original_height exif sha256".split(
          " ",
        ),
      );
      expect(sample?.members.get("txt")?.toString()).toBe(json["caption"]);
      const sizes = JSON.parse(await readFile(join(output, "sizes.json"), "utf8")) as Record<string, number>;
      expect(Math.max(...Object.values(sizes)) - Math.min(...Object.values(sizes))).toBeLessThanOrEqual(1);
      const run = JSON.parse(await readFile(join(output, "run.json"), "utf8")) as { funnel: unknown };
      expect(run.funnel).toMatchObject({ rowsRead: 160, rowsKept: rows, packed: rows });
    }));

  it("equals prep filter followed by prep download", () =>
    withFolder(async (folder) => {
      await writeParquet(join(folder, "meta.parquet"), rowsSql(90));
      const select = ["--metadata", join(folder, "meta.parquet"), "--seed", "7", "--partitions", "3"];
      await runPrepHere([QUERY, ...select, "--output", join(folder, "whole"), ...OPTIONS]);
      const halves = join(folder, "halves");
      const filtered = await runPrepHere(["filter", QUERY, ...select, "--output", halves, "--number-sample-per-shard", "20", "--quiet"]);
      expect(filtered.stdout).toBe(`${join(halves, "partitions")}\n`);
      await runPrepHere(["download", join(halves, "partitions"), "--output", halves, ...OPTIONS]);
      expect(await tarDigests(halves)).toEqual(await tarDigests(join(folder, "whole")));
      const again = await runPrepHere([QUERY, ...select, "--output", halves, ...OPTIONS.slice(0, -1)]);
      expect(again.code).toBe(0);
      expect(again.stderr).toContain("done earlier");
      expect(again.stderr).toContain("3 shards were done earlier");
    }));

  it("refuses an output of another query, seed, variable or input, and names the difference", () =>
    withFolder(async (folder) => {
      const meta = await writeParquet(join(folder, "meta.parquet"), rowsSql(50));
      const other = await writeParquet(join(folder, "other.parquet"), rowsSql(51));
      const output = ["--output", join(folder, "out"), "--quiet"];
      expect((await runPrepHere(["filter", QUERY, "--metadata", meta, ...output])).code).toBe(0);
      const cases: [string[], string][] = [
        [["SELECT * FROM metadata", "--metadata", meta], "query: this output was made with "],
        [[QUERY, "--metadata", meta, "--seed", "2"], "--seed: this output was made with 0; you ask for 2"],
        [[QUERY, "--metadata", meta, "--set", "side=1"], "side: this output was made without it; you set 1"],
        [[QUERY, "--metadata", other], "inputs: meta\\.parquet is no longer among them, other\\.parquet is new"],
        [[QUERY, "--metadata", meta, "--partitions", "2"], "--partitions: this output was made with "],
      ];
      for (const [args, name] of cases) {
        const refused = await runPrepHere(["filter", ...args, ...output]);
        expect(refused.code).toBe(5);
        expect(refused.stderr).toMatch(new RegExp(`another selection:\\s+${name}`));
      }
      const same = await runPrepHere([
        "filter",
        `${QUERY} -- the same\n`,
        "--metadata",
        meta,
        "--threads",
        "1",
        "--memory-limit",
        "600MB",
        ...output,
      ]);
      expect(same.code).toBe(0);
    }));

  it("cuts partitions that differ by at most one row, and loses and repeats no row", () =>
    withFolder(async (folder) => {
      const meta = await writeParquet(join(folder, "meta.parquet"), rowsSql(1003));
      await runPrepHere([
        "filter",
        "SELECT * FROM metadata",
        "--metadata",
        meta,
        "--partitions",
        "7",
        "--output",
        join(folder, "out"),
        "--quiet",
      ]);
      const parts = await query(
        `SELECT filename, count(*) AS n FROM read_parquet('${folder}/out/partitions/*.parquet', filename = true) GROUP BY ALL`,
      );
      expect(parts.map(({ n }) => Number(n)).sort()).toEqual([143, 143, 143, 143, 143, 144, 144]);
      const [difference] = await query(
        `SELECT count(*) AS n FROM ((SELECT url, caption FROM '${folder}/out/partitions/*.parquet' EXCEPT ALL SELECT "URL", "TEXT" FROM '${meta}')
         UNION ALL (SELECT "URL", "TEXT" FROM '${meta}' EXCEPT ALL SELECT url, caption FROM '${folder}/out/partitions/*.parquet'))`,
      );
      expect(difference?.["n"]).toBe(0n);
    }));

  it("makes no shard for an empty partition", () =>
    withFolder(async (folder) => {
      const meta = await writeParquet(join(folder, "meta.parquet"), rowsSql(3));
      const output = join(folder, "out");
      const result = await runPrepHere(["SELECT * FROM metadata", "--metadata", meta, "--partitions", "5", "--output", output, ...OPTIONS]);
      expect(result.code).toBe(0);
      expect(await faultsOf(output, 3)).toEqual([]);
      expect((await readdir(join(output, "partitions"))).length).toBe(5);
      expect((await readdir(output)).filter((name) => name.endsWith(".tar"))).toEqual(["00000.tar", "00001.tar", "00002.tar"]);
    }));

  it("keeps captions with 60 KB, emoji, quotes and line breaks; NUL is dropped from text members", () =>
    withFolder(async (folder) => {
      const captions = ["a' || chr(0) || 'b", `${"x".repeat(60_000)}`, '🚲 東京 "quoted"', "two\nlines\ttab", ""];
      const meta = await writeParquet(
        join(folder, "meta.parquet"),
        `SELECT '${server.url("/a.jpg")}' AS url, unnest([${captions.map((text) => `'${text}'`).join(", ")}, NULL]) AS caption`,
      );
      const output = join(folder, "out");
      expect((await runPrepHere(["SELECT * FROM metadata", "--metadata", meta, "--output", output, ...OPTIONS])).code).toBe(0);
      const texts = (await loadedSamples(output)).map(({ members }) => members.get("txt")?.toString());
      expect(texts.sort()).toEqual(["", "", "ab", "two\nlines\ttab", "x".repeat(60_000), '🚲 東京 "quoted"'].sort());
      const rows = await sidecarRows(output);
      expect(rows.map(({ caption }) => caption)).toContain("a\0b");
    }));
});

// `prep describe` and `prep queries` from the command line.
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeMetadata } from "../../src/demo/write-metadata.ts";
import { expectRefusal } from "../support/cli/refusals.ts";
import { openTestDatabase, withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

interface Described {
  readonly rows: number;
  readonly distinctUrls: number;
  readonly notices: readonly string[];
  readonly columns: readonly { name: string; nulls: number }[];
  readonly numbers: readonly {
    name: string;
    values: number;
    unusable: number;
    quantiles: number[];
    bins: { from: number; to: number; count: number }[];
  }[];
  readonly hosts: readonly { value: string; count: number }[];
  readonly formats: readonly { value: string; count: number }[];
  readonly languages: readonly { value: string; count: number }[];
}

const described = async (...args: string[]): Promise<Described> => {
  const result = await runPrepHere(["describe", ...args, "--json"]);
  expect(result.stderr).toBe("");
  expect(result.code).toBe(0);
  return JSON.parse(result.stdout) as Described;
};

describe("prep describe", () => {
  test("counts like plain SQL, and marks what it estimates", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      try {
        const [file = ""] = await writeMetadata(database, {
          directory: join(folder, "multi"),
          rows: 30_000,
          files: 1,
          seed: "d",
          layout: "multi",
        });
        const profile = await described(file);
        const [truth] = await database.rows(
          `SELECT count(*) AS rows, count(*) - count(punsafe) AS nulls, count(DISTINCT "URL") AS urls, quantile_cont("WIDTH", 0.5) FILTER ("WIDTH" > 0) AS median,
           count(*) FILTER ("WIDTH" <= 0) AS zero, count(*) FILTER ("LANGUAGE" = 'ru') AS russian, count(*) FILTER (regexp_matches("URL", '^[a-z]+://[^?]*\\.webp($|\\?)')) AS webp
           FROM '${file}'`,
        );
        const hosts = await database.rows(
          `SELECT regexp_extract("URL", '^https?://([^/:]+)', 1) AS host, count(*) AS n FROM '${file}' GROUP BY ALL ORDER BY n DESC LIMIT 3`,
        );
        const width = profile.numbers.find(({ name }) => name === "width");
        expect(profile.rows).toBe(Number(truth?.["rows"]));
        expect(profile.columns.find(({ name }) => name === "punsafe")?.nulls).toBe(Number(truth?.["nulls"]));
        expect(width?.unusable).toBe(Number(truth?.["zero"]));
        expect(width?.bins.reduce((sum, { count }) => sum + count, 0)).toBe(width?.values);
        expect(Math.abs((width?.quantiles[3] ?? 0) / Number(truth?.["median"]) - 1)).toBeLessThan(0.05);
        expect(Math.abs(profile.distinctUrls / Number(truth?.["urls"]) - 1)).toBeLessThan(0.03);
        expect(profile.languages.find(({ value }) => value === "ru")?.count).toBe(Number(truth?.["russian"]));
        expect(profile.formats.find(({ value }) => value === "webp")?.count).toBe(Number(truth?.["webp"]));
        for (const { host, n } of hosts) {
          const found = profile.hosts.find(({ value }) => value === host);
          expect(Math.abs((found?.count ?? 0) - Number(n)), String(host)).toBeLessThan(0.003 * 30_000);
        }
        expect(profile.notices.join("\n")).toMatch(/punsafe is NULL in .* of the rows/);
      } finally {
        database.close();
      }
    }));

  test("warns of withdrawn sets, swapped sizes and missing scores", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      await writeMetadata(database, { directory: join(folder, "old"), rows: 500, files: 1, seed: "d", layout: "original" });
      database.close();
      const { stdout, code } = await runPrepHere(["describe", join(folder, "old")]);
      expect(code).toBe(0);
      for (const words of [/withdrew this data set/, /swapped/, /there is no punsafe/, /width\s+<- HEIGHT/, /~50 %/])
        expect(stdout).toMatch(words);
    }));

  test("reads unknown, empty and oddly typed metadata, and prints no control characters", () =>
    withFolder(async (folder) => {
      const odd = await writeParquet(
        join(folder, "odd.parquet"),
        "SELECT 'x' AS \"a\u001b[31m\", 'many' AS width, [1] AS height, 5 AS caption, 1 AS url FROM range(3)",
      );
      const { stdout, code, stderr } = await runPrepHere(["describe", odd]);
      expect(stderr).toBe("reading every row once\n");
      expect(code).toBe(0);
      expect(stdout).toContain("belong to no known data set");
      expect(stdout).not.toContain("\u001b[31m");
      const empty = await writeParquet(join(folder, "empty.parquet"), "SELECT 'x' AS url, 1 AS width WHERE false");
      expect((await described(empty)).notices).toContain("there are no rows");
      const bare = await writeParquet(join(folder, "bare.parquet"), "SELECT range AS i FROM range(9)");
      expect((await described(bare)).notices).toContain("there is no url");
    }));

  test("prints shares as plain numbers, also for all, nearly all and very few rows", () =>
    withFolder(async (folder) => {
      const columns = "NULL::VARCHAR AS caption, if(range = 0, 1, NULL) AS punsafe, if(range = 0, NULL, 1) AS pwatermark";
      const file = await writeParquet(
        join(folder, "nulls.parquet"),
        `SELECT 'http://h.test/' || range AS url, 5 AS width, ${columns} FROM range(20000)`,
      );
      const shares = (await described(file)).notices.flatMap((notice) => /^\w+ is NULL in .* %/.exec(notice) ?? []);
      expect(shares).toEqual(["punsafe is NULL in more than 99 %", "pwatermark is NULL in less than 0.01 %", "caption is NULL in 100 %"]);
    }));

  test("describes many files and many row groups as one table", () =>
    withFolder(async (folder) => {
      for (let file = 0; file < 20; file += 1)
        await writeParquet(
          join(folder, "many", `${file}.parquet`),
          `SELECT 'http://h.test/${file}' AS url, ${file} AS n${file % 2 ? "" : ", 7 AS width"}`,
        );
      const many = await described(join(folder, "many"));
      expect([many.rows, many.columns.find(({ name }) => name === "width")?.nulls]).toEqual([20, 10]);
      const groups = await writeParquet(
        join(folder, "groups.parquet"),
        "SELECT 'http://h.test/' || range AS url, range % 10 AS width FROM range(102400)",
        {},
        2048,
      );
      expect(await described(groups)).toMatchObject({ rows: 102_400, numbers: [{ name: "width", values: 92_160, unusable: 10_240 }] });
    }));

  test("writes a page that shows no metadata as markup", () =>
    withFolder(async (folder) => {
      const evil = "<script>alert(1)</script>";
      const file = await writeParquet(
        join(folder, "evil.parquet"),
        `SELECT 'http://${evil}/a.jpg' AS url, 'a caption' AS caption, 500 + range AS width, 400 AS height, range / 49 AS punsafe, 'q' AS "${evil}" FROM range(50)`,
      );
      const page = join(folder, "page.html");
      const { stdout, code } = await runPrepHere(["describe", file, "--html", page]);
      expect([stdout, code]).toEqual([`${page}\n`, 0]);
      const html = await readFile(page, "utf8");
      expect(html).toContain("&lt;script&gt;");
      expect(html).toContain("<svg");
      expect(html).not.toContain("<script");
      // The axes start and end with the smallest and the largest value.
      const axis = (name: string) =>
        [...(html.split(`histogram of ${name}"`)[1]?.split("</svg>")[0] ?? "").matchAll(/text-anchor="(?:start|end)">([^<]+)</g)].map(
          ([, text]) => text,
        );
      expect([axis("width"), axis("punsafe")]).toEqual([
        ["500", "549"],
        ["0", "1"],
      ]);
      expect(html).not.toMatch(/(src|href)=/);
      expect((await runPrepHere(["describe", file, "--html", page])).code).toBe(0);
      const mine = join(folder, "mine.html");
      await writeFile(mine, "<!doctype html>mine");
      await symlink(page, join(folder, "link.html"));
      for (const taken of [mine, file, join(folder, "link.html")])
        await expectRefusal(["describe", file, "--html", taken], { code: 5, says: ["exists and is no page of prep describe"] });
      expect(await readFile(mine, "utf8")).toBe("<!doctype html>mine");
      for (const nowhere of [join(folder, "none", "page.html"), folder]) {
        const { stderr } = await expectRefusal(["describe", file, "--html", nowhere], { code: 5, says: ["cannot be written"] });
        expect(stderr).not.toContain("reading every row");
      }
    }));

  test("refuses metadata that does not exist", async () => {
    await expectRefusal(["describe", "/nowhere/at/all"], { code: 4, says: ["does not exist"] });
  });
});

describe("prep queries", () => {
  test("lists queries of the package and of ./queries with their variables, as text and as JSON", () =>
    withFolder(async (folder) => {
      await writeParquet(join(folder, "queries", "unused.parquet"), "SELECT 1");
      await writeFile(
        join(folder, "queries", "mine.sql"),
        "-- My own.\n-- least (5)  a number\nSELECT * FROM metadata WHERE width > coalesce(getvariable('least'), 5)\n",
      );
      const list = await runPrepHere(["queries"], { cwd: folder });
      expect(list.code).toBe(0);
      expect(list.stdout).toMatch(/^high-resolution {2,}\S/m);
      expect(list.stdout).toMatch(/^mine {2,}My own\.$/m);
      const text = await runPrepHere(["queries", "mine"], { cwd: folder });
      expect(text.stdout).toMatch(/mine {2}\(queries\/mine\.sql\)\n {2}My own\.\n {2}--set least = 5 {2}a number/);
      const json = await runPrepHere(["queries", "mine", "--json"], { cwd: folder });
      expect(JSON.parse(json.stdout)).toEqual({
        name: "mine",
        path: "queries/mine.sql",
        lines: ["My own."],
        datasets: [],
        variables: [{ name: "least", default: "5", says: "a number" }],
      });
      await expectRefusal(["queries", "high-resolutoin"], { code: 2, says: ["Did you mean high-resolution"] });
    }));

  test("a query for columns that the metadata lacks is told which data sets have them", () =>
    withFolder(async (folder) => {
      const file = await writeParquet(join(folder, "few.parquet"), "SELECT 'http://a.test/' AS url, 'text' AS text FROM range(9)");
      const refusal = await expectRefusal(["filter", "coyo-clean", "--metadata", file, "--output", join(folder, "out")], {
        code: 3,
        says: [
          /"pwatermark" was? ?not found|pwatermark/i,
          /data sets that have pwatermark: LAION joined,.*Re-LAION, COYO/,
          "data sets that coyo-clean is for: COYO\n",
        ],
      });
      expect(refusal.stderr).not.toMatch(/have pwatermark:.*DataComp/);
    }));

  test("functions work in a run, and is_blocked asks for its list", () =>
    withFolder(async (folder) => {
      const file = await writeParquet(
        join(folder, "few.parquet"),
        "SELECT 'http://h' || range || '.bad.test/' AS url, 'text' AS text FROM range(9)",
      );
      const query = "SELECT *, laion_hash(url, caption) AS hash FROM metadata WHERE NOT is_blocked(url)";
      await expectRefusal(["filter", query, "--metadata", file, "--output", join(folder, "a")], {
        code: 3,
        says: ["--table block_list=FILE"],
      });
      await writeFile(join(folder, "list.txt"), "h1.bad.test\nhttp://h2.bad.test/\n");
      const args = [
        "filter",
        query,
        "--metadata",
        file,
        "--table",
        `block_list=${join(folder, "list.txt")}`,
        "--output",
        join(folder, "b"),
      ];
      expect((await runPrepHere(args)).code).toBe(0);
      expect((await described(join(folder, "b", "partitions"))).rows).toBe(7);
      await expectRefusal([...args.slice(0, 4), "--table", "block_list=/nowhere.txt", "--output", join(folder, "c")], {
        code: 4,
        says: ["block_list=/nowhere.txt cannot be read"],
      });
    }));
});

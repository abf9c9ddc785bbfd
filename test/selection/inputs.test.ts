// Inputs of stage one: every format and layout gives the partitions that parquet files give.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/job/events.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { query } from "../support/output.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { bodyDigests, partitionsOf, selectInto, valuesOf } from "../support/selection/selected.ts";

const ROWS = `SELECT 'http://host.test/' || i || '.jpg' AS url, 'a "quoted", tabbed	caption, line
two, ' || i || ' é 🚲' AS caption, i, i / 8 AS score, i % 2 = 0 AS flag, DATE '2024-01-01' + (i % 300)::INTEGER AS day FROM range(6000) r(i)`;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let plain: string[];
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await makeFolder();
  await selectInto(at("plain"), "SELECT * FROM metadata", [await writeParquet(at("rows.parquet"), ROWS)]);
  plain = await bodyDigests(at("plain"));
});

afterAll(() => folder.remove());

/** Writes the rows in a format of DuckDB's COPY, gzipped if the name says so. */
async function write(name: string, format: string, select = ROWS): Promise<string> {
  const path = at(name.replace(/\.gz$/, ""));
  const database = await openTestDatabase();
  try {
    await database.run(`COPY (${select}) TO '${path}' (${format})`);
  } finally {
    database.close();
  }
  if (!name.endsWith(".gz")) return path;
  await writeFile(`${path}.gz`, gzipSync(await readFile(path)));
  return `${path}.gz`;
}

describe("the same rows give the same partitions", () => {
  it.each([
    ["rows.csv", "FORMAT csv"],
    ["rows.tsv", "FORMAT csv, DELIMITER '\t'"],
    ["zipped.csv.gz", "FORMAT csv"],
    ["rows.jsonl", "FORMAT json"],
    ["zipped.jsonl.gz", "FORMAT json"],
    ["zstd.parquet", "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2, ROW_GROUP_SIZE 2048"],
  ])("as %s", async (name, format) => {
    const path = await write(name, format);
    const output = at(`out-${name}`);
    await selectInto(output, "SELECT * FROM metadata", [path]);
    expect(await bodyDigests(output)).toEqual(plain);
  });
});

describe("folders and files of several kinds", () => {
  it("make columns of the keys of hive folders", async () => {
    for (const language of ["de", "en"]) {
      for (const year of [2023, 2024]) {
        const path = at("hive", `language=${language}`, `year=${year}`, "part.parquet");
        await writeParquet(path, `SELECT 'http://${language}.test/${year}/' || i AS url, 'c' AS caption FROM range(1000) r(i)`);
      }
    }
    const output = at("hive-out");
    const args = ["filter", "SELECT * FROM metadata WHERE language = 'de'", "--metadata", at("hive"), "--output", output];
    expect(await runPrepHere([...args, "--verify-partitions", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
    expect(
      await query(
        `SELECT language, year, count(*) AS n, count(DISTINCT url) AS d FROM ${await partitionsOf(output)} GROUP BY ALL ORDER BY ALL`,
      ),
    ).toEqual([
      { language: "de", year: "2023", n: 1000n, d: 1000n },
      { language: "de", year: "2024", n: 1000n, d: 1000n },
    ]);
  });

  it("are other metadata if a folder is renamed", async () => {
    const folder = at("renamed");
    await writeParquet(join(folder, "language=en", "part.parquet"), "SELECT 'http://a.test/' || i AS url FROM range(100) r(i)");
    const output = at("renamed-out");
    await selectInto(output, "SELECT * FROM metadata", [folder]);
    await rename(join(folder, "language=en"), join(folder, "language=fr"));
    await expect(selectInto(output, "SELECT * FROM metadata", [folder])).rejects.toMatchObject({ exitCode: 5 });
    await selectInto(at("renamed-again"), "SELECT * FROM metadata", [folder]);
    expect(await query(`SELECT DISTINCT language FROM ${await partitionsOf(at("renamed-again"))}`)).toEqual([{ language: "fr" }]);
  });

  it.each(["parquet", "csv", "jsonl"])(
    "use the column of a %s file instead of the folder of the same name, and ignore folders above the input",
    async (format) => {
      const folder = at(`own-${format}`, "caption=above", "width=1");
      const copy = format === "parquet" ? "" : `FORMAT ${format === "csv" ? "csv" : "json"}`;
      const write = async (path: string, sql: string) => {
        await mkdir(join(path, ".."), { recursive: true });
        await query(`COPY (${sql}) TO '${path}' ${copy === "" ? "" : `(${copy})`}`);
      };
      await write(join(folder, "Language=en", "year=2%2B1", `own.${format}`), "SELECT 'http://a.test/1' AS url, 'de' AS language");
      await write(join(folder, "Language=fr", "year=__HIVE_DEFAULT_PARTITION__", `bare.${format}`), "SELECT 'http://a.test/2' AS url");
      const notices: string[] = [];
      const emit = (event: RunEvent) => event.event === "notice" && notices.push(event.text);
      const output = at(`own-${format}-out`);
      await selectInto(output, "SELECT url, language, year FROM metadata", [folder], { emit });
      expect(await query(`SELECT * FROM ${await partitionsOf(output)} ORDER BY url`)).toEqual([
        { url: "http://a.test/1", language: "de", year: "2+1" },
        { url: "http://a.test/2", language: "fr", year: null },
      ]);
      expect(notices.filter((text) => text.includes("is a column in the files"))).toHaveLength(1);
      await expect(selectInto(at(`own-${format}-no`), "SELECT width FROM metadata", [folder])).rejects.toMatchObject({ exitCode: 3 });
    },
  );

  it("are united by the names of their columns", async () => {
    await writeParquet(
      at("mixed", "a.parquet"),
      "SELECT 'http://a.test/' || i AS \"URL\", 'ta' || i AS \"TEXT\", i AS extra FROM range(500) r(i)",
    );
    await writeParquet(
      at("mixed", "b.parquet"),
      "SELECT 'tb' || i AS caption, 0.5::FLOAT AS punsafe, 'http://b.test/' || i AS url FROM range(700) r(i)",
    );
    const output = at("mixed-out");
    const record = await selectInto(output, "SELECT * FROM metadata", [at("mixed")]);
    expect(record.funnel).toEqual({ rowsRead: 1200, rowsKept: 1200 });
    const [row] = await query(
      `SELECT count(*) AS n, count(url) AS urls, count(caption) AS captions, count(extra) AS extras, count(punsafe) AS scores FROM ${await partitionsOf(output)}`,
    );
    expect(row).toEqual({ n: 1200n, urls: 1200n, captions: 1200n, extras: 500n, scores: 700n });
  });

  it("may be the partitions of an earlier selection", async () => {
    await selectInto(at("second"), "SELECT * FROM metadata", [at("plain", "partitions")]);
    expect(await bodyDigests(at("second"))).toEqual(plain);
  });

  it("are read once if a glob, a folder and a file overlap", async () => {
    const paths = [at("mixed"), at("mixed", "*.parquet"), at("mixed", "a.parquet")];
    await selectInto(at("overlap"), "SELECT * FROM metadata", paths);
    expect(new Set(await valuesOf(at("overlap"), "url")).size).toBe(1200);
    expect(await valuesOf(at("overlap"), "url")).toHaveLength(1200);
  });
});

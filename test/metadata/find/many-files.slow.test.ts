// Describes, explores and selects ten thousand tiny parquet files and a file of 5,000 row groups.
import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { query } from "../../support/output.ts";
import { openTestDatabase, withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrep } from "../../support/run-prep.ts";
import { partitionsOf, recordOf } from "../../support/selection/selected.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "..", "bin", "prep.js");
const FILES = 10_000;
const ROWS_PER_FILE = 12;

/** The answer of `prep describe`. */
async function described(metadata: string): Promise<unknown> {
  const { stdout, code, stderr } = await runPrep(["describe", metadata, "--json", "--quiet", "--memory-limit", "500MB"]);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

/** The number of rows that the shell counts. */
async function counted(metadata: string): Promise<number> {
  const args = [PROGRAM, "shell", "--metadata", metadata, "--quiet"];
  const said = execFileSync(process.execPath, args, { input: ".mode csv\nSELECT count(*) AS n FROM metadata", encoding: "utf8" });
  return Number(said.trim().split("\n").at(-1));
}

it("10,000 files with two sets of columns give every row once", () =>
  withFolder(async (folder) => {
    const input = join(folder, "in");
    await mkdir(input);
    const database = await openTestDatabase();
    try {
      for (let file = 0; file < FILES; file++) {
        const more = file % 2 === 0 ? ", i % 3 AS extra" : "";
        await database.run(
          `COPY (SELECT 'http://host.test/${file}/' || i AS url, 'c' || i AS caption, ${file} AS file${more} FROM range(${ROWS_PER_FILE}) r(i))
           TO '${join(input, `part-${String(file).padStart(5, "0")}.parquet`)}' (FORMAT parquet)`,
        );
      }
    } finally {
      database.close();
    }
    const rows = FILES * ROWS_PER_FILE;
    expect(await described(input)).toMatchObject({ rows, files: FILES, datasets: [], hosts: [{ value: "host.test", count: rows }] });
    expect(await counted(input)).toBe(rows);
    const output = join(folder, "out");
    const args = ["filter", "SELECT * FROM metadata", "--metadata", input, "--output", output, "--partitions", "16"];
    expect(await runPrep([...args, "--memory-limit", "1GB", "--verify-partitions", "--quiet"])).toMatchObject({ code: 0 });
    expect((await recordOf(output)).funnel).toEqual({ rowsRead: rows, rowsKept: rows });
    const [counts] = await query(
      `SELECT count(*) AS n, count(DISTINCT url) AS urls, count(DISTINCT file) AS files, count(extra) AS extras FROM ${await partitionsOf(output)}`,
    );
    expect(counts).toEqual({ n: BigInt(rows), urls: BigInt(rows), files: BigInt(FILES), extras: BigInt(rows / 2) });
  }));

it("a file of 5,000 row groups of no known data set gives every row once", () =>
  withFolder(async (folder) => {
    // The smallest row group that DuckDB writes.
    const rows = 5000 * 2048;
    const file = join(folder, "groups.parquet");
    await writeParquet(
      file,
      `SELECT 'http://h' || i % 7 || '.test/a.png' AS link, (i % 100)::UTINYINT AS width FROM range(${rows}) r(i)`,
      {},
      2048,
    );
    expect(await query(`SELECT num_row_groups AS n FROM parquet_file_metadata('${file}')`)).toEqual([{ n: 5000n }]);
    expect(await described(file)).toMatchObject({
      ...{ rows, datasets: [], hosts: [] },
      notices: expect.arrayContaining(["these columns belong to no known data set", "there is no url"]),
      numbers: [{ name: "width", values: rows - rows / 100, minimum: 1, maximum: 99 }],
    });
    expect(await counted(file)).toBe(rows);
  }));

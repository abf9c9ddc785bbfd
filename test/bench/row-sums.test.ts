// sumRows() ignores the order of rows, files and columns, and notices a lost or changed row.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sameRows, sumRows } from "../../bench/row-sums.ts";
import { Database } from "../../src/sql/database.ts";
import { quoteText } from "../../src/sql/text.ts";

let folder = "";
const WIDE = `i AS "SAMPLE_ID", 'http://x/' || i AS "URL", 't' || i AS "TEXT", i::INTEGER AS "HEIGHT", 7 AS "WIDTH", '?' AS "LICENSE", NULL::VARCHAR AS "NSFW",
  i / 3 AS similarity, i AS hash, 0.5::FLOAT AS pwatermark, 0.1::FLOAT AS punsafe, 5::FLOAT AS "AESTHETIC_SCORE"`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "prep-sums-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, select: string): Promise<string> {
  const database = await Database.open({ threads: 1, memoryLimitBytes: 1e9 });
  const path = join(folder, name);
  await database.run(`COPY (${select}) TO ${quoteText(path)} (FORMAT parquet)`);
  database.close();
  return path;
}

describe("the sums of an output's rows", () => {
  it("do not depend on the order of rows, on files, or on prep's column names", async () => {
    const source = await sumRows(await written("source.parquet", `SELECT ${WIDE} FROM range(1000) r(i)`), 1);
    const renamed = `SELECT "AESTHETIC_SCORE" AS aesthetic, "TEXT" AS caption, "URL" AS url, * EXCLUDE ("AESTHETIC_SCORE", "TEXT", "URL") FROM (SELECT ${WIDE} FROM range(@) r(i))`;
    await written("part-1.parquet", renamed.replace("@", "600, 1000"));
    await written("part-0.parquet", `${renamed.replace("@", "600")} ORDER BY hash DESC`);
    const parts = await sumRows(join(folder, "part-*.parquet"), 1);
    expect(sameRows(source, parts)).toBe(true);
    expect(parts).toMatchObject({ rows: 1000, files: 2, fileRows: [400, 600] });
  });

  it("change if a row is replaced by another or occurs twice", async () => {
    const source = await sumRows(await written("whole.parquet", `SELECT ${WIDE} FROM range(1000) r(i)`), 1);
    const other = await sumRows(await written("other.parquet", `SELECT ${WIDE} FROM range(1, 1001) r(i)`), 1);
    const twice = await sumRows(await written("twice.parquet", `SELECT ${WIDE} FROM (FROM range(999) UNION ALL SELECT 0) r(i)`), 1);
    expect(sameRows(source, other)).toBe(false);
    expect(sameRows(source, twice)).toBe(false);
  });

  it("cannot be taken of an output without one of the columns", async () => {
    const short = await written("short.parquet", `SELECT * EXCLUDE (punsafe) FROM (SELECT ${WIDE} FROM range(3) r(i))`);
    await expect(sumRows(short, 1)).rejects.toThrow(/no column punsafe/);
  });
});

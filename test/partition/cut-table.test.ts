// Partitions cut out of a table in memory.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { areSlicesSmall, cutFile, cutTable, type Partition } from "../../src/partition/cut.ts";
import { defaultRowGroupRows } from "../../src/partition/row-group-size.ts";
import { type ParquetStyle, shuffleToFile, shuffleToTable, storableRelation } from "../../src/partition/shuffle.ts";
import { Database } from "../../src/sql/database.ts";
import { withFolder } from "../support/parquet.ts";
import { everyType } from "../support/partition/every-type.ts";

const MARK = '{"format":1}';

interface Job {
  readonly rows: number;
  readonly parts: number;
  readonly threads?: number;
  readonly select?: (rows: number) => string;
}

async function all(cut: AsyncGenerator<Partition>): Promise<Partition[]> {
  const partitions: Partition[] = [];
  for await (const partition of cut) partitions.push(partition);
  return partitions;
}

/** The partitions cut from a file, and those cut from a table with this number of threads. */
async function bothWays({ rows, parts, threads = 2, select = everyType }: Job): Promise<[Partition[], Partition[]]> {
  return await withFolder(async (folder) => {
    const style: ParquetStyle = { compression: "snappy", rowGroupRows: defaultRowGroupRows(rows / parts) };
    expect(areSlicesSmall(rows, parts, style)).toBe(true);
    const databases = await Promise.all([1, threads].map((count) => Database.open({ threads: count, memoryLimitBytes: 10 ** 9 })));
    const [one, other] = databases as [Database, Database];
    try {
      for (const database of databases) await database.run(`CREATE VIEW selection AS ${select(rows)}`);
      const columns = await one.columns("FROM selection");
      const relation = storableRelation(columns);
      const sorted = join(folder, "sorted.parquet");
      await shuffleToFile(one, relation, columns, sorted, style, { seed: "s" });
      const fromFile = await all(cutFile(one, sorted, rows, parts, (name) => join(folder, `file-${name}`), style, MARK));
      await shuffleToTable(other, relation, columns, "shuffled", { seed: "s" });
      const options = { concurrency: 3, finished: () => undefined };
      const pathOf = (name: string) => join(folder, `table-${name}`);
      const fromTable = await all(cutTable(other, "shuffled", rows, parts, pathOf, style, MARK, options));
      for (const { name, bytes, sha256 } of fromTable) {
        const content = await readFile(pathOf(name));
        expect([bytes, sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
      }
      return [fromFile, fromTable];
    } finally {
      for (const database of databases) database.close();
    }
  });
}

describe("cutting a table", () => {
  it.each([
    { rows: 1, parts: 1 },
    { rows: 5, parts: 12 },
    { rows: 2049, parts: 1, threads: 1 },
    { rows: 30_000, parts: 2 },
    { rows: 30_000, parts: 7, threads: 4 },
  ])("writes the same bytes as cutting a file of the same order, with every type: $rows rows in $parts parts", async (job) => {
    const [fromFile, fromTable] = await bothWays(job);
    expect(fromTable).toEqual(fromFile);
  });

  it("writes the same bytes if a slice crosses the end of one of the table's row groups, which have 122,880 rows", async () => {
    const select = (rows: number) => `SELECT i, 'row ' || i AS s FROM range(${rows}) r(i)`;
    const [fromFile, fromTable] = await bothWays({ rows: 131_071, parts: 8, threads: 3, select });
    expect(fromTable).toEqual(fromFile);
  });

  it("finds its rows if a column is called rowid", async () => {
    const select = (rows: number) => `SELECT 7 AS rowid, i FROM range(${rows}) r(i)`;
    const [fromFile, fromTable] = await bothWays({ rows: 9000, parts: 4, select });
    expect(fromTable).toEqual(fromFile);
    expect(fromTable.map(({ rows }) => rows)).toEqual([2250, 2250, 2250, 2250]);
  });
});

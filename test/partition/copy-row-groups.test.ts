// Parquet files made of copied row groups, as DuckDB reads them.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readFooter } from "../../src/parquet/parquet-footer.ts";
import { RowGroupCopier, type WrittenFile } from "../../src/partition/copy-row-groups.ts";
import { quoteText } from "../../src/sql/text.ts";
import { query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";

type Range = readonly [source: string, first: number, end: number];

async function copied(
  path: string,
  template: string,
  ranges: readonly Range[],
  note?: { key: string; value: string },
): Promise<WrittenFile> {
  const copier = await RowGroupCopier.create(path, await readFooter(template));
  try {
    for (const [source, first, end] of ranges) await copier.append(await readFooter(source), first, end);
    return await copier.finish(note);
  } finally {
    await copier.close();
  }
}

const rowsOf = async (path: string) => (await query(`SELECT i FROM read_parquet(${quoteText(path)})`)).map(({ i }) => Number(i));

it("hold the rows of the chosen row groups in the order in which they were appended, for any choice", () =>
  withFolder(async (folder) => {
    const select = (from: number, rows: number) => `SELECT i + ${from} AS i, 'text ' || i AS s, [i] AS l FROM range(${rows}) r(i)`;
    const sources = [
      await writeParquet(join(folder, "a.parquet"), select(0, 9000), {}, 2048),
      await writeParquet(join(folder, "b.parquet"), select(100_000, 7000), {}, 2048),
    ];
    const groupRows = (source: number, group: number) => {
      const [from, rows] = source === 0 ? [0, 9000] : [100_000, 7000];
      const first = group * 2048;
      return Array.from({ length: Math.max(0, Math.min(2048, rows - first)) }, (_, index) => from + first + index);
    };
    const ranges = fc.array(fc.tuple(fc.nat(1), fc.nat(4), fc.nat(4)), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(ranges, async (chosen) => {
        const path = join(folder, "copy.parquet");
        const wanted = chosen.map(([source, one, other]) => {
          const groups = source === 0 ? 5 : 4;
          return { source, first: Math.min(one, other) % groups, end: Math.min(groups, Math.max(one, other)) };
        });
        const file = await copied(
          path,
          sources[0] ?? "",
          wanted.map(({ source, first, end }) => [sources[source] ?? "", first, Math.max(first, end)]),
        );
        const expected = wanted.flatMap(({ source, first, end }) =>
          Array.from({ length: Math.max(0, end - first) }, (_, index) => groupRows(source, first + index)).flat(),
        );
        expect(await rowsOf(path)).toEqual(expected);
        const content = await readFile(path);
        const sha256 = createHash("sha256").update(content).digest("hex");
        expect(file).toEqual({ rows: expected.length, bytes: content.length, sha256 });
      }),
      { numRuns: 15 },
    );
  }));

it("have statistics that belong to the copied rows", () =>
  withFolder(async (folder) => {
    const source = await writeParquet(join(folder, "a.parquet"), "SELECT i FROM range(10000) r(i)", {}, 2048);
    const path = join(folder, "copy.parquet");
    await copied(path, source, [
      [source, 3, 5],
      [source, 0, 1],
    ]);
    const groups = await query(
      `SELECT row_group_id AS id, row_group_num_rows AS rows, stats_min AS low, stats_max AS high FROM parquet_metadata(${quoteText(path)})`,
    );
    expect(groups.map(({ id, rows, low, high }) => [Number(id), Number(rows), low, high])).toEqual([
      [0, 2048, "6144", "8191"],
      [1, 1808, "8192", "9999"],
      [2, 2048, "0", "2047"],
    ]);
  }));

it("have the note once, in place of an older one, beside the notes of others", () =>
  withFolder(async (folder) => {
    const source = await writeParquet(join(folder, "a.parquet"), "SELECT 1 AS i", { author: "somebody", prep: "old" });
    const path = join(folder, "copy.parquet");
    await copied(path, source, [[source, 0, 1]], { key: "prep", value: "new" });
    const notes = await query(`SELECT decode(key) AS k, decode(value) AS v FROM parquet_kv_metadata(${quoteText(path)}) ORDER BY k`);
    expect(notes).toEqual([
      { k: "author", v: "somebody" },
      { k: "prep", v: "new" },
    ]);
  }));

it("refuse row groups of another schema", () =>
  withFolder(async (folder) => {
    const source = await writeParquet(join(folder, "a.parquet"), "SELECT 1::BIGINT AS i");
    const other = await writeParquet(join(folder, "b.parquet"), "SELECT 1::INTEGER AS i");
    await expect(copied(join(folder, "copy.parquet"), source, [[other, 0, 1]])).rejects.toThrow("b.parquet has another schema");
  }));

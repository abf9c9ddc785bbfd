// Footers: row groups lie where DuckDB says, and broken or foreign footers are refused.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFooter } from "../../src/parquet/parquet-footer.ts";
import { ForeignParquetError, moveRowGroup, readRowGroup } from "../../src/parquet/row-group.ts";
import { ThriftReader, WIRE } from "../../src/parquet/thrift-reader.ts";
import { ThriftWriter } from "../../src/parquet/thrift-writer.ts";
import { Database } from "../../src/sql/database.ts";
import { withFolder } from "../support/parquet.ts";

async function withParquet(select: string, use: (path: string, database: Database) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const database = await Database.open({ threads: 2, memoryLimitBytes: 10 ** 9 });
    try {
      const path = join(folder, "a.parquet");
      await database.run(`COPY (${select}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
      await use(path, database);
    } finally {
      database.close();
    }
  });
}

/** Metadata of a row group with one column; `more` adds unusual fields to the column. */
function rowGroup(offset: number, dictionary: number, bytes: number, more: (writer: ThriftWriter) => void = () => undefined): Uint8Array {
  const writer = new ThriftWriter();
  writer.struct(() => {
    writer.list(1, WIRE.struct, 1);
    writer.struct(() => {
      writer.integer(2, WIRE.i64, offset);
      writer.field(3, WIRE.struct);
      writer.struct(() => {
        writer.integer(7, WIRE.i64, bytes);
        writer.integer(9, WIRE.i64, offset);
        writer.integer(11, WIRE.i64, dictionary);
        writer.integer(14, WIRE.i64, 5000);
        writer.integer(15, WIRE.i32, 32);
        writer.text(99, "unknown");
      });
      writer.integer(4, WIRE.i64, 6000);
      writer.integer(5, WIRE.i32, 10);
      more(writer);
    });
    writer.integer(3, WIRE.i64, 10);
    writer.integer(5, WIRE.i64, offset);
    writer.integer(7, WIRE.i16, 3);
  });
  return new Uint8Array(writer.take());
}

describe("reading a footer", () => {
  it("finds each row group where DuckDB has it", () =>
    withParquet("SELECT i, i % 7 AS few, i::VARCHAR AS s, [i] AS l FROM range(9000) r(i)", async (path, database) => {
      const { rows, groups } = await readFooter(path);
      const expected = await database.rows(
        `SELECT row_group_num_rows::INT AS n, min(coalesce(dictionary_page_offset, data_page_offset))::INT AS a, sum(total_compressed_size)::INT AS b
         FROM parquet_metadata('${path}') GROUP BY row_group_id, row_group_num_rows ORDER BY row_group_id`,
      );
      expect(rows).toBe(9000);
      expect(groups.count).toBe(5);
      expect([...groups.firstRow]).toEqual([0, 2048, 4096, 6144, 8192, 9000]);
      expect([...groups.start].map((start, index) => [start, (groups.end[index] ?? 0) - start])).toEqual(
        expected.map(({ a, b }) => [a, b]),
      );
    }));

  it("reads a footer that is larger than the window", () =>
    withParquet(
      `SELECT ${Array.from({ length: 700 }, (_, column) => `i AS c${column}`).join(", ")} FROM range(20000) r(i)`,
      async (path) => {
        expect((await readFile(path)).readUInt32LE((await readFile(path)).length - 8)).toBeGreaterThan(2 ** 19);
        const { groups } = await readFooter(path);
        expect(groups.count).toBe(10);
        expect(groups.firstRow[10]).toBe(20_000);
      },
    ));

  it("refuses broken footers", () =>
    withParquet("SELECT i, i::VARCHAR AS s FROM range(5000) r(i)", async (path) => {
      const good = await readFile(path);
      const start = good.length - 8 - good.readUInt32LE(good.length - 8);
      await writeFile(path, good.subarray(0, good.length - 1));
      await expect(readFooter(path)).rejects.toThrow("does not end in PAR1");
      await writeFile(path, "PAR1PAR1");
      await expect(readFooter(path)).rejects.toThrow("it has 8 bytes");
      const long = Buffer.from(good);
      long.writeUInt32LE(good.length, good.length - 8);
      await writeFile(path, long);
      await expect(readFooter(path)).rejects.toThrow("longer than the file");
      await writeFile(path, Buffer.concat([good.subarray(0, good.length - 9), Buffer.from([0x1c]), good.subarray(good.length - 8)]));
      await expect(readFooter(path)).rejects.toThrow();
      for (let offset = start; offset < good.length - 8; offset++) {
        const bad = Buffer.from(good);
        bad[offset] = (bad[offset] ?? 0) ^ 0xff;
        await writeFile(path, bad);
        const error: unknown = await readFooter(path).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        // Any value is valid in statistics and names.
        if (error !== undefined && !(error instanceof ForeignParquetError)) expect(String(error)).toMatch(/parquet footer of/);
      }
    }));

  it("refuses encryption, columns in other files and offsets out of order as foreign", () =>
    withParquet("SELECT 1 AS x", async (path) => {
      const good = await readFile(path);
      good.write("PARE", good.length - 4);
      await writeFile(path, good);
      await expect(readFooter(path)).rejects.toThrow(ForeignParquetError);
      const read = (bytes: Uint8Array, floor = 4) => readRowGroup(new ThriftReader(bytes), floor, 1000);
      expect(read(rowGroup(150, 100, 200))).toEqual({ rows: 10, start: 100, end: 300 });
      expect(read(rowGroup(150, 0, 200))).toEqual({ rows: 10, start: 150, end: 350 });
      expect(() => read(rowGroup(150, 100, 200), 101)).toThrow(ForeignParquetError);
      expect(() => read(rowGroup(150, 100, 901))).toThrow(ForeignParquetError);
      expect(() => read(rowGroup(150, 100, 40))).toThrow(ForeignParquetError);
      expect(() => read(rowGroup(100, 150, 200))).toThrow(ForeignParquetError);
      for (const add of [
        (writer: ThriftWriter) => writer.text(1, "elsewhere.parquet"),
        (writer: ThriftWriter) => {
          writer.field(8, WIRE.struct);
          writer.struct(() => undefined);
        },
      ]) {
        expect(() => read(rowGroup(150, 100, 200, add))).toThrow(ForeignParquetError);
      }
    }));
});

describe("moving a row group", () => {
  const moved = (bytes: Uint8Array, shift: number, ordinal: number) => {
    const writer = new ThriftWriter();
    moveRowGroup(new ThriftReader(bytes), writer, shift, ordinal);
    return new Uint8Array(writer.take());
  };

  it("shifts its offsets, drops indexes and bloom filters, and keeps unknown fields", () => {
    const bytes = moved(rowGroup(150, 100, 200), 1_000_000, 8);
    expect(readRowGroup(new ThriftReader(bytes), 4, 2_000_000)).toEqual({ rows: 10, start: 1_000_100, end: 1_000_300 });
    expect(Buffer.from(bytes).includes("unknown")).toBe(true);
    expect(bytes.length).toBeLessThan(rowGroup(150, 100, 200).length + 8 - 10);
  });

  it("leaves out an ordinal that does not fit 16 bits", () => {
    expect(moved(rowGroup(150, 100, 200), 0, 32_768).length).toBeLessThan(moved(rowGroup(150, 100, 200), 0, 32_767).length);
  });
});

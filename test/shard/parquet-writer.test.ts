// ParquetWriter: its pages and footer as DuckDB and parquet-java read them.
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParquetWriter } from "../../src/shard/parquet-writer.ts";
import type { Database } from "../../src/sql/database.ts";
import { NO_DISK_WAIT } from "../../src/store/wait-for-disk.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";
import { rowsReadByJava } from "../support/parquet-java.ts";

/** Writes images at their positions among `rows` rows, whose other columns are a number and a text. */
async function writeShard(database: Database, folder: string, rows: number, images: ReadonlyMap<number, Buffer>): Promise<string> {
  const path = join(folder, `${rows}-${images.size}-${Math.random()}.parquet`);
  const writer = new ParquetWriter({
    name: "00000.parquet",
    path,
    imageColumn: "jpg",
    rows,
    diskWait: NO_DISK_WAIT,
    sliceRows: async (first, end) => {
      const slice = join(folder, "slice.parquet");
      await database.run(`COPY (SELECT i, 'row ' || i AS t FROM range(${first}, ${end}) r(i)) TO '${slice}' (FORMAT parquet)`);
      return slice;
    },
  });
  for (const [index, body] of images) await writer.add(`${index}`, [{ extension: "jpg", body }], index);
  const written = await writer.close();
  expect(written).toMatchObject({ name: "00000.parquet", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  return path;
}

/** What DuckDB sees: rows, groups, the other columns in order, the images with their positions. */
async function readShard(database: Database, path: string) {
  const [facts] = await database.rows(`SELECT num_rows, num_row_groups FROM parquet_file_metadata('${path}')`);
  const images = new Map<number, string>();
  const others: string[] = [];
  for await (const { i, t, jpg } of database.stream(`SELECT i, t, jpg FROM '${path}'`)) {
    others.push(`${String(i)} ${String(t)}`);
    if (Buffer.isBuffer(jpg)) images.set(Number(i), digest(jpg));
  }
  return { rows: Number(facts?.["num_rows"]), groups: Number(facts?.["num_row_groups"]), images, others: digest(others.join()) };
}

/** Large contents are compared by digest. */
const digest = (content: Buffer | string) => createHash("sha256").update(content).digest("hex");
const digestsOf = (images: ReadonlyMap<number, Buffer>) => new Map([...images].map(([index, body]) => [index, digest(body)]));
const otherColumns = (rows: number) => digest(Array.from({ length: rows }, (_, index) => `${index} row ${index}`).join());

describe("the parquet shard", () => {
  it("holds any images at any positions", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      const shard = fc.integer({ min: 1, max: 300 }).chain((rows) =>
        fc.record({
          rows: fc.constant(rows),
          images: fc.uniqueArray(fc.tuple(fc.nat(rows - 1), fc.uint8Array({ maxLength: 40 })), { selector: ([index]) => index }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(shard, async ({ rows, images: list }) => {
          const images = new Map(list.sort(([left], [right]) => left - right).map(([index, bytes]) => [index, Buffer.from(bytes)]));
          expect(await readShard(database, await writeShard(database, folder, rows, images))).toEqual({
            rows,
            groups: 1,
            images: digestsOf(images),
            others: otherColumns(rows),
          });
        }),
        { numRuns: 25 },
      );
      database.close();
    }));

  it("begins a row group after 32 MiB of images and after 65,536 rows", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      const images = new Map(Array.from({ length: 30 }, (_, index) => [index * 2, Buffer.alloc(3 * 2 ** 20, index)]));
      const large = await readShard(database, await writeShard(database, folder, 80, images));
      expect(large).toEqual({ rows: 80, groups: 3, images: digestsOf(images), others: otherColumns(80) });
      const rows = 2 * 65_536 + 100;
      const empty = await readShard(database, await writeShard(database, folder, rows, new Map()));
      expect(empty).toEqual({ rows, groups: 3, images: new Map(), others: otherColumns(rows) });
      database.close();
    }));

  it("is read completely by parquet-java in any number of splits", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      const few = await writeShard(database, folder, 20, new Map([[3, Buffer.alloc(5e6, 1)]]));
      const images = new Map(Array.from({ length: 30 }, (_, index) => [index * 2, Buffer.alloc(3 * 2 ** 20, index)]));
      const many = await writeShard(database, folder, 80, images);
      const none = await writeShard(database, folder, 70_000, new Map());
      for (const [path, rows] of [
        [few, 20],
        [many, 80],
        [none, 70_000],
      ] as const) {
        for (const splits of [1, 2, 7]) expect([path, splits, await rowsReadByJava(path, splits)]).toEqual([path, splits, rows]);
      }
      // Pages lie in the order of the columns.
      const places = await database.rows(
        `SELECT path_in_schema AS name, data_page_offset::INT AS place FROM parquet_metadata('${few}') ORDER BY column_id`,
      );
      expect(places.map(({ name }) => name)).toEqual(["jpg", "i", "t"]);
      expect(places.toSorted((left, right) => Number(left["place"]) - Number(right["place"]))).toEqual(places);
      database.close();
    }));

  it("has the same bytes for the same rows", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      const images = new Map([[3, Buffer.from("an image")]]);
      const [one, two] = [await writeShard(database, folder, 9, images), await writeShard(database, folder, 9, images)];
      const [same] = await database.rows(
        `SELECT (SELECT content FROM read_blob('${one}')) = (SELECT content FROM read_blob('${two}')) AS same`,
      );
      expect(same).toEqual({ same: true });
      database.close();
    }));

  it("refuses slices with too few rows", () =>
    withFolder(async (folder) => {
      const database = await openTestDatabase();
      const slice = join(folder, "slice.parquet");
      const sliceRows = async () => {
        await database.run(`COPY (SELECT 1 AS i FROM range(4)) TO '${slice}' (FORMAT parquet)`);
        return slice;
      };
      const writer = new ParquetWriter({
        name: "00000.parquet",
        path: join(folder, "a.parquet"),
        imageColumn: "jpg",
        rows: 5,
        sliceRows,
        diskWait: NO_DISK_WAIT,
      });
      await expect(writer.close()).rejects.toThrow("a row group of 4 rows cannot have a column of 5");
      await writer.abandon();
      database.close();
    }));
});

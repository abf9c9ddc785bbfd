// The database: its fence, its errors, odd column names, rows appended beside statements.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SqlError } from "../../src/sql/errors.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

describe("the database", () => {
  it("reads what is inside the fence and nothing else, and refuses to change the fence", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "in.csv"), "a\n1\n");
      await writeFile(join(folder, "out.csv"), "a\n2\n");
      const database = await openTestDatabase();
      try {
        await database.fence([join(folder, "in.csv")], []);
        expect(await database.rows(`SELECT a FROM read_csv('${folder}/in.csv')`)).toEqual([{ a: 1n }]);
        for (const sql of [
          `SELECT * FROM read_csv('${folder}/out.csv')`,
          `COPY (SELECT 1) TO '${folder}/new.csv'`,
          "SET enable_external_access = true",
          "SET memory_limit = '10GB'",
          "INSTALL httpfs",
        ]) {
          await expect(database.run(sql)).rejects.toThrow(SqlError);
        }
      } finally {
        database.close();
      }
    }));

  it("gives an error's type and position, and the names that are near", async () => {
    const database = await openTestDatabase();
    try {
      const error = await database.columns("SELECT widht FROM (SELECT 1 AS width)").catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ type: "Binder", position: 7, candidates: ["width"] });
    } finally {
      database.close();
    }
  });
});

it("returns a column's value even if the column is called like a property of every object", async () => {
  const database = await openTestDatabase();
  const [row] = await database.rows(`SELECT 'a' AS "__proto__", 'b' AS "constructor"`);
  expect(Object.entries(row ?? {})).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  database.close();
});

it("appends rows while other statements run, as two shards of one worker do", async () => {
  const database = await openTestDatabase();
  const write = async (table: string) => {
    for (let round = 0; round < 50; round++) {
      await database.run(`CREATE OR REPLACE TABLE ${table} (a INTEGER, b VARCHAR)`);
      await database.append(
        table,
        Array.from({ length: 50 }, (_, row) => [row, "x"]),
      );
      expect(await database.rows(`SELECT * FROM ${table} ORDER BY a`)).toHaveLength(50);
    }
  };
  await Promise.all([write("one"), write("two")]);
  database.close();
});

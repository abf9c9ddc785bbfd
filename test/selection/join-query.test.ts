// The shipped query join-safety-watermark on small tables with known results.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { query } from "../support/output.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { partitionsOf } from "../support/selection/selected.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(
    at("base.parquet"),
    `SELECT 'http://host.test/' || name AS url, name AS caption, h::BIGINT AS hash
     FROM (VALUES ('both', 1), ('safety alone', 2), ('watermark alone', 3), ('neither', 4), ('twice', 5), ('twice', 5), ('no hash', NULL), ('below zero', -9)) v(name, h)`,
  );
  await writeParquet(
    at("safety", "a.parquet"),
    "SELECT h::BIGINT AS hash, p::FLOAT AS punsafe FROM (VALUES (1, 0.25), (1, 0.5), (1, 0.125), (2, 0.5), (5, 0.75), (77, 1), (NULL, 1), (-9, 0)) v(h, p)",
  );
  await writeParquet(
    at("watermark.parquet"),
    "SELECT h::BIGINT AS hash, p::FLOAT AS pwatermark FROM (VALUES (1, 0.5), (3, 0.25), (5, 0.5), (5, 0.5), (78, 1), (NULL, 1)) v(h, p)",
  );
});

afterAll(() => folder.remove());

const EXPECTED = [
  { caption: "below zero", punsafe: 0, pwatermark: null },
  { caption: "both", punsafe: 0.5, pwatermark: 0.5 },
  { caption: "neither", punsafe: null, pwatermark: null },
  { caption: "no hash", punsafe: null, pwatermark: null },
  { caption: "safety alone", punsafe: 0.5, pwatermark: null },
  { caption: "twice", punsafe: 0.75, pwatermark: 0.5 },
  { caption: "twice", punsafe: 0.75, pwatermark: 0.5 },
  { caption: "watermark alone", punsafe: null, pwatermark: 0.25 },
];

describe("join-safety-watermark", () => {
  it("gives every row its scores once, even if hashes repeat in the other tables", async () => {
    const tables = ["--table", `safety=${at("safety", "*.parquet")}`, "--table", `watermark=${at("watermark.parquet")}`];
    const args = ["filter", "join-safety-watermark", "--metadata", at("base.parquet"), ...tables, "--output", at("out")];
    expect(await runPrepHere([...args, "--partitions", "2", "--verify-partitions", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
    expect(await query(`SELECT caption, punsafe, pwatermark FROM ${await partitionsOf(at("out"))} ORDER BY caption`)).toEqual(EXPECTED);
  });

  it("runs unchanged in plain DuckDB", async () => {
    const database = await openTestDatabase();
    try {
      await database.run(`CREATE VIEW metadata AS FROM '${at("base.parquet")}'`);
      await database.run(`CREATE VIEW safety AS FROM '${at("safety", "a.parquet")}'`);
      await database.run(`CREATE VIEW watermark AS FROM '${at("watermark.parquet")}'`);
      const text = await readFile(join(import.meta.dirname, "..", "..", "queries", "join-safety-watermark.sql"), "utf8");
      expect(await database.rows(`SELECT caption, punsafe, pwatermark FROM (${text}) ORDER BY caption`)).toEqual(EXPECTED);
    } finally {
      database.close();
    }
  });

  it("names the table that is missing", async () => {
    const result = await runPrepHere(["filter", "join-safety-watermark", "--metadata", at("base.parquet"), "--output", at("without")]);
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/safety/);
  });
});

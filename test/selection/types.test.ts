// The table of docs/types.md against the code: each type is selected, shuffled and read back.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fractions, stringifyExact } from "../../src/core/json.ts";
import { storableType } from "../../src/partition/storable.ts";
import type { Database, JsonRow } from "../../src/sql/database.ts";
import { makeFolder } from "../support/cli/refusals.ts";
import { openTestDatabase, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { partitionsOf, selectInto } from "../support/selection/selected.ts";
import { documentedTypes } from "../support/selection/types-table.ts";

const lines = await documentedTypes();
let folder: Awaited<ReturnType<typeof makeFolder>>;
let database: Database;
let stored: JsonRow;
let storedTypes: ReadonlyMap<string, string>;
let fractions: ReadonlyMap<string, Fractions>;

beforeAll(async () => {
  folder = await makeFolder();
  database = await openTestDatabase();
  const input = await writeParquet(join(folder.path, "in.parquet"), "SELECT 'http://host.test/' || i AS url, i FROM range(5000) r(i)");
  // Every value once, its row known, and NULL in all other rows.
  const list = lines.map(({ example }, index) => `${example} AS v${index}`);
  const values = `SELECT 4321 AS here, ${list.join(", ")}`;
  const output = join(folder.path, "out");
  const query = join(folder.path, "types.sql");
  await writeFile(query, `SELECT metadata.*, v.* FROM metadata LEFT JOIN (${values}) AS v ON i = here`);
  const args = ["filter", query, "--metadata", input, "--output", output, "--partitions", "4"];
  expect(await runPrepHere([...args, "--verify-partitions", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
  const partitions = await partitionsOf(output);
  storedTypes = new Map((await database.columns(`SELECT * FROM ${partitions}`)).map(({ name, type }) => [name, type]));
  fractions = await database.fractions(`SELECT * FROM ${partitions}`);
  [stored = {}] = await database.rows(`FROM ${partitions} WHERE i = 4321`);
  const nulls = lines.map((_, index) => `count(v${index}) AS v${index}`);
  const [counts] = await database.rows(`SELECT ${nulls.join(", ")} FROM ${partitions}`);
  lines.forEach(({ example }, index) => {
    expect([example, counts?.[`v${index}`]]).toEqual([example, /^NULL/.test(example) ? 0n : 1n]);
  });
});

afterAll(async () => {
  database?.close();
  await folder.remove();
});

/** DuckDB's client returns JSON as text. */
const seen = (type: string) => type.replaceAll("JSON", "VARCHAR");

describe("the table of docs/types.md", () => {
  it("has a line for every type of DuckDB", async () => {
    const rows = await database.rows(
      `SELECT DISTINCT logical_type AS t FROM duckdb_types() WHERE database_name = 'system' AND logical_type NOT IN ('NULL', 'ANY', 'TYPE', 'LIST', 'INVALID', 'UNKNOWN')`,
    );
    const heads = lines.map(({ type }) =>
      type
        .replace(/\(.*\)(?=$|\[)/, "")
        .replace(/.+\[\]$/, "LIST")
        .replace(/.+\[\d+\]$/, "ARRAY"),
    );
    expect(
      rows
        .map(({ t }) => String(t))
        .filter((type) => !heads.includes(type))
        .sort(),
    ).toEqual([]);
  });

  it.each(lines.map((line, index) => ({ ...line, index })))("$example: $type is stored as $stored, shown as $json", async (line) => {
    expect((await database.columns(`SELECT ${line.example} AS v`))[0]?.type).toBe(seen(line.type));
    const type = line.stored === "as it is" ? line.type : line.stored;
    expect(storedTypes.get(`v${line.index}`)).toBe(seen(type));
    expect(stringifyExact(stored[`v${line.index}`] ?? null, fractions.get(`v${line.index}`))).toBe(line.json);
    // DuckDB prints the stored value with the same text.
    const [row] = await database.rows(`SELECT CAST(${line.example} AS ${storableType(seen(line.type))})::VARCHAR AS t`);
    const [back] = await database.rows(
      `SELECT v${line.index}::VARCHAR AS t FROM ${await partitionsOf(join(folder.path, "out"))} WHERE i = 4321`,
    );
    if (!line.type.startsWith("VARIANT")) expect(back).toEqual(row);
  });
});

describe("a value that fits no type of parquet", () => {
  it("is refused with its text and with what helps", async () => {
    const input = join(folder.path, "in.parquet");
    const huge = "SELECT url, 170141183460469231731687303715884105727::HUGEINT AS n FROM metadata";
    await expect(selectInto(join(folder.path, "huge"), huge, [input])).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("170141183460469231731687303715884105727"),
      hint: expect.stringContaining("try_cast"),
    });
  });
});

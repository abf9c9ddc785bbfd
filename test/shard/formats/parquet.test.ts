// Parquet files as samples: which column has the pictures, and which rows are samples.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parquet } from "../../../src/shard/formats/parquet.ts";
import { storedSamples } from "../../../src/shard/read-shards.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";

/** The samples of the parquet file that a SELECT makes: key, members as texts, fields. */
async function load(select: string) {
  return await withFolder(async (folder) => {
    const path = await writeParquet(join(folder, "00000.parquet"), select);
    const samples: [string, string[], unknown][] = [];
    for await (const { key, members, fields } of parquet.load(path))
      samples.push([key, [...members].map(([name, body]) => `${name}=${body.toString()}`), fields]);
    const stored: string[] = [];
    for await (const { key, entries } of storedSamples(path))
      stored.push(`${key} ${entries.map(({ extension, body }) => `${extension}=${body.toString()}`)}`);
    return { samples, stored };
  });
}

describe("a parquet shard", () => {
  it("has a sample for each row with a picture; a caption is a member only where a loader asks", async () => {
    const rows = "VALUES ('p0'::BLOB, '0', 'x'), (NULL, '1', 'failed'), ('p2'::BLOB, '2', NULL)";
    const { samples, stored } = await load(`SELECT * FROM (${rows}) t(jpg, key, caption)`);
    expect(samples).toEqual([
      ["0", ["jpg=p0", "txt=x"], { key: "0", caption: "x" }],
      ["2", ["jpg=p2"], { key: "2", caption: null }],
    ]);
    expect(stored).toEqual(["0 jpg=p0", "2 jpg=p2"]);
  });

  it("may have its pictures in the last column, as img2dataset has them", async () => {
    const { samples } = await load("SELECT '0' AS key, 'a'::BLOB AS raw, 'p'::BLOB AS webp");
    expect(samples.map(([key, members]) => [key, members])).toEqual([["0", ["webp=p"]]]);
  });

  it.each([
    ["a sidecar", "SELECT '0' AS key, 'success' AS status"],
    ["a column of text that is called like a picture", "SELECT 'p' AS jpg, '0' AS key"],
    ["bytes of another name", "SELECT 'p'::BLOB AS thumbnail, '0' AS key"],
    ["a picture between other columns", "SELECT '0' AS key, 'p'::BLOB AS jpg, 1 AS width"],
  ])("has no samples in %s", async (_, select) => {
    expect((await load(select)).samples).toEqual([]);
  });
});

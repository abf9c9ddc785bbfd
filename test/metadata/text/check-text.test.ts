// Text files are checked before they are read: empty ones are left out, broken gzip is refused.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createMetadataView, createTableView } from "../../../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../../../src/metadata/find/metadata-files.ts";
import { openTestDatabase, withFolder } from "../../support/parquet.ts";

async function view(files: Readonly<Record<string, string | Buffer>>) {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const database = await openTestDatabase();
    try {
      const { columns, notices } = await createMetadataView(database, await findMetadataFiles([folder]), {});
      return { columns, notices, rows: await database.rows("SELECT count(*)::INTEGER AS n FROM metadata") };
    } finally {
      database.close();
    }
  });
}

it("empty files add no column or row to the others, and give a notice", async () => {
  const full = "url,n\nhttp://a.test/,1\n";
  const { columns, notices, rows } = await view({ "a.csv": full, "b.csv": "", "c.csv.gz": gzipSync(""), "d.csv": full });
  expect(columns).toEqual([
    { name: "url", type: "VARCHAR" },
    { name: "n", type: "BIGINT" },
  ]);
  expect(rows).toEqual([{ n: 2 }]);
  expect(notices).toEqual([expect.stringMatching(/^2 of 4 files are empty \(.*b\.csv\)$/)]);
});

it("empty files are refused if there are no others", async () => {
  await expect(view({ "a.csv": "" })).rejects.toMatchObject({ exitCode: 4, message: expect.stringMatching(/a\.csv is empty$/) });
  await expect(view({ "a.csv": "", "b.csv": "" })).rejects.toMatchObject({ message: expect.stringMatching(/^all 2 files are empty/) });
});

it("empty files add no column to a --table, and a table of only empty files is refused", () =>
  withFolder(async (folder) => {
    const database = await openTestDatabase();
    try {
      await writeFile(join(folder, "a.csv"), "");
      await expect(createTableView(database, "tags", folder)).rejects.toThrow(/a\.csv is empty$/);
      await writeFile(join(folder, "b.csv"), "url,n\nhttp://a.test/,1\n");
      expect((await createTableView(database, "tags", folder)).columns.map(({ name }) => name)).toEqual(["url", "n"]);
    } finally {
      database.close();
    }
  }));

const TABLE = `url,caption\n${Array.from({ length: 5000 }, (_, row) => `http://a.test/${row * 7919},caption ${row * 104_729}\n`).join("")}`;
const PACKED = gzipSync(TABLE);
const HALF = PACKED.subarray(0, PACKED.length / 2);
const FLIPPED = Buffer.from(PACKED).fill(0x55, PACKED.length - 8, PACKED.length - 4);

async function find(name: string, bytes: Buffer | string): Promise<string[]> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, name), bytes);
    return (await findMetadataFiles([folder])).map(({ path }) => path.slice(folder.length + 1));
  });
}

it.each([
  ["that was cut off", "cut.csv.gz", HALF, /cut\.csv\.gz is not a complete gzip file: unexpected end of file/],
  ["whose checksum is another", "flipped.jsonl.gz", FLIPPED, /flipped\.jsonl\.gz is not a complete gzip file: incorrect data check/],
  ["without .gz in its name", "packed.csv", PACKED, /packed\.csv is gzipped, but its name does not end in \.gz/],
  ["with an ending in upper case", "packed.csv.GZ", PACKED, /packed\.csv\.GZ is gzipped, but/],
  ["that is not one", "plain.csv.gz", TABLE, /plain\.csv\.gz is not gzipped, but its name ends in \.gz/],
  ["that is a git-LFS pointer", "pointer.csv.gz", "version https://git-lfs.github.com/spec/v1\n", /pointer\.csv\.gz is a git-LFS pointer/],
])("a gzip %s is refused before any row is read", async (_, name, bytes, message) => {
  await expect(find(name, bytes)).rejects.toMatchObject({ exitCode: 4, message: expect.stringMatching(message) });
});

it("a gzip of several members, as bgzip and cat write, is complete", async () => {
  expect(await find("members.csv.gz", Buffer.concat([PACKED, gzipSync("http://a.test/x,y\n"), gzipSync("")]))).toEqual(["members.csv.gz"]);
});

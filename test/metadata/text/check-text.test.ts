// Leaves out text files without any text, such as Spark writes beside others.
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

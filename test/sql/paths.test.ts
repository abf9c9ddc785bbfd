// Paths of any characters in SQL: each names one file, also inside the fence.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { filesToRead, fileToRead, fileToWrite, parquetFiles, readPattern } from "../../src/sql/text.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

/** Many of these, read as globs, would match another one. */
const NAMES = [
  ...["part1", "part[1]", "a*b", "axb", "a?b", "**", "*", "x{a,b}", "xa", "[a]", "a", "[!a]", "b", "[[]", "[", "]", "[a-c]"],
  ...["q'uote", 'd"q', "new\nline", "tab\t", " lead", "trail ", "-dash", "--", "hive=1", "hive=[1]", "p%20c", "h#ash", "é", "e\u0301"],
  ...["\ufeffmark", "\u2028", "~", "~[1]", ".hidden[1]", "http:", "$x", "$" + "{x}", ";", "back\\slash"],
];

/** Two folders. The name of the first, read as a glob, matches the second. */
const FOLDERS = [join("exp[1]", "k=[2]"), join("exp1", "k=2")];

async function writeAll(folder: string): Promise<void> {
  const database = await openTestDatabase();
  try {
    for (const place of FOLDERS) {
      await mkdir(join(folder, place), { recursive: true });
      for (const name of NAMES) {
        const path = join(folder, place, name);
        await database.run("CREATE OR REPLACE TABLE t AS SELECT $path AS path", { path });
        await database.run(`COPY t TO ${fileToWrite(`${path}.parquet`)} (FORMAT parquet)`);
        await writeFile(`${path}.jsonl`, `${JSON.stringify({ path })}\n`);
      }
    }
  } finally {
    database.close();
  }
}

it.each(["files", "folders"] as const)("reads only the file of that name, inside a fence of %s", (fenced) =>
  withFolder(async (folder) => {
    await writeAll(folder);
    const places = FOLDERS.map((place) => join(folder, place));
    const stems = places.flatMap((place) => NAMES.map((name) => join(place, name))).filter((path) => !/\[.*\\/.test(path));
    const parquet = stems.map((stem) => `${stem}.parquet`);
    const json = stems.map((stem) => `${stem}.jsonl`);
    const database = await openTestDatabase();
    try {
      await database.fence(fenced === "files" ? [...parquet, ...json] : [], fenced === "folders" ? places : []);
      for (const [index, stem] of stems.entries()) {
        const path = parquet[index] ?? "";
        expect(await database.rows(`SELECT path, filename FROM ${parquetFiles(path)}`)).toEqual([{ path: stem, filename: path }]);
        expect(await database.rows(`SELECT path FROM read_json(${fileToRead(json[index] ?? "")})`)).toEqual([{ path: stem }]);
      }
      expect((await database.rows(`SELECT path FROM ${parquetFiles(parquet)}`)).map(({ path }) => path)).toEqual(stems);
      for (const footer of ["parquet_schema", "parquet_metadata", "parquet_file_metadata"]) {
        const rows = await database.rows(`SELECT DISTINCT file_name AS path FROM ${footer}(${filesToRead(parquet)})`);
        expect(new Set(rows.map(({ path }) => path))).toEqual(new Set(parquet));
      }
    } finally {
      database.close();
    }
  }),
);

it("does not change the first name of an absolute path, or the query of a web address", () => {
  expect(readPattern("/data[1]/a?.parquet")).toBe("/data[1]/a[?].parquet");
  expect(readPattern("/data[1]/a.parquet")).toBe("/data[1]/a.parquet");
  expect(readPattern("out[1]/a.parquet")).toBe("out[[]1]/a.parquet");
  expect(readPattern("https://h/a[1].parquet?sig=*")).toBe("https://h/a[1].parquet?sig=*");
  expect(readPattern("hf://datasets/a/b/c[1].parquet")).toBe("hf://datasets/a/b/c[[]1].parquet");
});

it("refuses a path for which DuckDB has no glob", () => {
  expect(() => readPattern("/a/b\\[1].parquet")).toThrow(InputError);
  expect(readPattern("/a/b\\1.parquet")).toBe("/a/b\\1.parquet");
});

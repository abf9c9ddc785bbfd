// Finds the files that paths mean for a query, and names files that are not metadata.
import { copyFile, mkdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InputError } from "../../../src/core/errors.ts";
import { findInputFiles } from "../../../src/metadata/find/download-files.ts";
import { findMetadataFiles } from "../../../src/metadata/find/metadata-files.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";

const names = async (folder: string, paths: readonly string[]) =>
  (await findMetadataFiles(paths)).map(({ path }) => path.slice(folder.length + 1));

async function failure(paths: readonly string[]): Promise<InputError> {
  const thrown: unknown = await findMetadataFiles(paths).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(InputError);
  return thrown as InputError;
}

test("folders, globs and files give one sorted list without repetitions, hidden files and side files", () =>
  withFolder(async (folder) => {
    const first = await writeParquet(join(folder, "b", "part-1.parquet"), "SELECT 1 AS a");
    for (const name of ["a.parquet", ".hidden.parquet", "_tmp.parquet", "b/part-2.parquet", "b/.part-1.parquet.crc", "b/notes.txt"]) {
      await copyFile(first, join(folder, name));
    }
    await mkdir(join(folder, "_temporary"));
    await copyFile(first, join(folder, "_temporary", "x.parquet"));
    const all = ["a.parquet", "b/part-1.parquet", "b/part-2.parquet"];
    expect(await names(folder, [folder])).toEqual(all);
    expect(await names(folder, [join(folder, "b"), join(folder, "a.parquet"), folder])).toEqual(all);
    expect(await names(folder, [join(folder, "**", "*.parquet")])).toEqual(all);
    expect(await names(folder, [join(folder, "**")])).toEqual(all);
    expect(await names(folder, [join(folder, "*", "part-?.parquet")])).toEqual(all.slice(1));
    expect(await names(folder, [join(folder, "b", "part-{1,3}.parquet")])).toEqual(["b/part-1.parquet"]);
    expect(await names(folder, [join(folder, "b", "part-[2-9].parquet")])).toEqual(["b/part-2.parquet"]);
    expect(await names(folder, [join(folder, "b*")])).toEqual(all.slice(1));
  }));

test("a file that links also lead to is read once, and a loop of links ends", () =>
  withFolder(async (folder) => {
    const first = await writeParquet(join(folder, "own", "data", "b.parquet"), "SELECT 1 AS a");
    const outside = await writeParquet(join(folder, "elsewhere", "year=2024", "c.parquet"), "SELECT 1 AS a");
    await symlink(first, join(folder, "own", "a.parquet"));
    await symlink("data", join(folder, "own", "again"));
    for (const name of ["self", "up"]) await symlink(name === "up" ? ".." : ".", join(folder, "own", "data", name));
    await symlink(join(folder, "elsewhere"), join(folder, "own", "linked"));
    const all = ["own/data/b.parquet", "own/linked/year=2024/c.parquet"];
    expect(await names(folder, [join(folder, "own")])).toEqual(all);
    expect(await names(folder, [folder])).toEqual(["elsewhere/year=2024/c.parquet", "own/data/b.parquet"]);
    expect(await names(folder, [join(folder, "own", "a.parquet"), first, outside])).toEqual([
      "elsewhere/year=2024/c.parquet",
      "own/data/b.parquet",
    ]);
    const { files } = await findInputFiles([join(folder, "own"), join(folder, "own", "again")], undefined);
    expect(files.map(({ path }) => path)).toEqual([join(folder, "own", "a.parquet")]);
  }));

test("an address is refused with the extension that reads it, or the command that fetches its files", async () => {
  // An empty home has no extension.
  const home = process.env["HOME"];
  await withFolder(async (folder) => {
    process.env["HOME"] = folder;
    try {
      const hub = await failure(["hf://datasets/kakaobrain/coyo-700m/data/*.parquet"]);
      expect(hub.message).toContain("DuckDB's httpfs extension, which reads addresses, is not installed");
      expect(hub.hint).toMatch(/with DuckDB v\d+\.\d+\.\d+, the version in prep: duckdb -c "INSTALL httpfs"/);
      expect(hub.hint).toContain("prep metadata kakaobrain/coyo-700m --output FOLDER");
      expect((await failure(["https://h.test/a.parquet"])).message).toContain("httpfs extension");
    } finally {
      process.env["HOME"] = home;
    }
  });
  expect((await failure(["s3://bucket/a.parquet"])).hint).toContain("Copy the files to a local disk");
  expect((await failure(["https://h.test/list.csv"])).message).toContain("is not a parquet file");
});

test("a path that does not exist, an empty folder and a glob without matches are named", () =>
  withFolder(async (folder) => {
    expect((await failure([join(folder, "nowhere")])).message).toContain("nowhere does not exist");
    expect((await failure([folder])).message).toContain("holds no metadata file");
    expect((await failure([join(folder, "*.parquet")])).message).toContain("matches no metadata file");
  }));

test("a folder of checksums or other formats is refused with what it holds", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, ".part-0.parquet.crc"), "crc");
    await writeFile(join(folder, "part-1.parquet.crc"), "crc");
    await writeFile(join(folder, "rows.txt"), "url");
    const error = await failure([folder]);
    expect(error.message).toContain("only 2 .crc, 1 .txt");
    expect(error.hint).toContain("checksums");
    expect((await failure([join(folder, "part-1.parquet.crc")])).message).toContain("checksum file");
  }));

test.each(["_prep/plan.json", "run.json", "00000_stats.json"])(
  "an output folder, known by %s, is refused and its partitions are named",
  (sign) =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      await writeParquet(join(output, "partitions", "part-00000.parquet"), "SELECT 1 AS a");
      await writeParquet(join(output, "00000.parquet"), "SELECT 1 AS a");
      await mkdir(join(output, "_prep"), { recursive: true }).then(() => writeFile(join(output, sign), "{}"));
      for (const path of [output, folder, join(output, "*.parquet")]) {
        const error = await failure([path]);
        expect(error.message).toContain("is the output of an earlier run");
        expect(error.hint).toContain(join(output, "partitions"));
      }
      expect(await findMetadataFiles([join(output, "partitions")])).toHaveLength(1);
    }),
);

test("git-LFS pointers are refused by name", () =>
  withFolder(async (folder) => {
    await writeParquet(join(folder, "good.parquet"), "SELECT 1 AS a");
    await writeFile(join(folder, "pointer.parquet"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    const error = await failure([folder]);
    expect(error.message).toContain("1 of 2 files is a git-LFS pointer");
    expect(error.message).toContain("pointer.parquet");
    expect(error.hint).toContain("git lfs pull");
  }));

test("every truncated file among good ones is named", () =>
  withFolder(async (folder) => {
    const good = await writeParquet(join(folder, "good.parquet"), "SELECT range AS a FROM range(1000)");
    const bytes = await readFile(good);
    for (const name of ["cut-tail.parquet", "cut-short.parquet", "html.parquet", "empty.parquet", "footer.parquet"]) {
      await copyFile(good, join(folder, name));
    }
    await truncate(join(folder, "cut-tail.parquet"), bytes.length - 20);
    await truncate(join(folder, "cut-short.parquet"), 6);
    await truncate(join(folder, "empty.parquet"), 0);
    await writeFile(join(folder, "html.parquet"), "<!doctype html><p>Not found");
    const impossible = Buffer.from(bytes);
    impossible.writeUInt32LE(0x7fffffff, bytes.length - 8);
    await writeFile(join(folder, "footer.parquet"), impossible);
    const { message } = await failure([folder]);
    expect(message).toContain("5 of 6 files are not complete parquet files");
    for (const part of [
      "cut-tail.parquet: truncated",
      "cut-short.parquet: truncated",
      "html.parquet: it starts",
      "empty.parquet: the file is empty",
    ]) {
      expect(message).toContain(part);
    }
    expect(message).toContain("footer.parquet: its footer would be larger than the file");
    expect(message).not.toContain("good.parquet");
  }));

test("keys of key=value folders below the given path are kept", () =>
  withFolder(async (folder) => {
    await writeParquet(join(folder, "lang=en", "part=1", "a.parquet"), "SELECT 1 AS a");
    expect((await findMetadataFiles([folder]))[0]?.hiveKeys).toEqual(["lang", "part"]);
    expect((await findMetadataFiles([join(folder, "lang=en", "part=1")]))[0]?.hiveKeys).toBeUndefined();
  }));

test("ten thousand files are listed and checked within seconds", () =>
  withFolder(async (folder) => {
    const content = await readFile(await writeParquet(join(folder, "f.parquet"), "SELECT 1 AS a"));
    for (let start = 0; start < 9999; start += 500) {
      const count = Math.min(500, 9999 - start);
      await Promise.all(Array.from({ length: count }, (_, index) => writeFile(join(folder, `${start + index}.parquet`), content)));
    }
    const before = Date.now();
    expect(await findMetadataFiles([folder])).toHaveLength(10_000);
    expect(Date.now() - before).toBeLessThan(15_000);
  }));

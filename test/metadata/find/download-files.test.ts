// Finds the files of a download, with notices about files that are not read or come twice.
import { symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { findInputFiles } from "../../../src/metadata/find/download-files.ts";
import { findMetadataFiles } from "../../../src/metadata/find/metadata-files.ts";
import type { InputFormat } from "../../../src/metadata/formats.ts";
import { withFolder } from "../../support/parquet.ts";

/** The files found in a folder of empty files with these names. */
const foundIn = async (names: readonly string[], format?: InputFormat, ...paths: string[]) =>
  await withFolder(async (folder) => {
    for (const name of names) await writeFile(join(folder, name), "");
    const { files, notices } = await findInputFiles(paths.length > 0 ? paths.map((path) => join(folder, path)) : [folder], format);
    return { names: files.map(({ path }) => basename(path)), notices: notices.map((text) => text.replace(folder, "FOLDER")) };
  });

it("a folder of several formats is read in its main one, and a notice counts and names the other files", async () => {
  expect(await foundIn(["a.csv", "b.jsonl", "c.txt", "d.txt", "e.txt", "README.md"])).toEqual({
    names: ["a.csv"],
    notices: [
      "FOLDER is read as csv: 4 files of other formats are not read (b.jsonl, c.txt, d.txt and 1 more); --input-format chooses another format",
    ],
  });
  expect(await foundIn(["a.csv", "b.txt"])).toMatchObject({
    notices: ["FOLDER is read as csv: 1 file of another format is not read (b.txt); --input-format chooses another format"],
  });
});

it("there is no notice if the format was chosen or all files have one format", async () => {
  expect(await foundIn(["a.csv", "b.txt"], "txt")).toEqual({ names: ["b.txt"], notices: [] });
  expect(await foundIn(["a.csv", "b.csv.gz", "README.md", "00000_stats.json"])).toEqual({ names: ["a.csv", "b.csv.gz"], notices: [] });
});

it("a file that exists with and without .gz gives a notice, also if both were named", async () => {
  const notices = ["1 file exists with and without .gz; both are read, so each row comes twice (a.csv)"];
  expect(await foundIn(["a.csv", "a.csv.gz"])).toMatchObject({ notices });
  expect(await foundIn(["a.csv", "a.csv.gz"], undefined, "a.csv", "a.csv.gz")).toMatchObject({ notices });
  expect(await foundIn(["a.csv", "a.csv.gz"], undefined, "*")).toMatchObject({ notices });
});

it("a link that leads nowhere is refused, because its rows would be lost", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "a.csv"), "");
    await symlink("gone.csv", join(folder, "b.csv"));
    await symlink("gone.md", join(folder, "README.md"));
    await expect(findInputFiles([folder], undefined)).rejects.toThrow(/b\.csv is a link that leads nowhere/);
    await expect(findInputFiles([join(folder, "*.csv")], undefined)).rejects.toThrow(/b\.csv is a link that leads nowhere/);
    await expect(findMetadataFiles([folder])).rejects.toThrow(/b\.csv is a link that leads nowhere/);
    await expect(findMetadataFiles([join(folder, "*.csv")])).rejects.toThrow(/b\.csv is a link that leads nowhere/);
  }));

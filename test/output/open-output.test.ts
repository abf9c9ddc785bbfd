// Opening an output: what is refused, in which order, and what is written.
import { mkdir, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OutputError } from "../../src/core/errors.ts";
import { OpenOutput } from "../../src/output/open-output.ts";
import { withFolder } from "../support/parquet.ts";

const JOB = { shardDigits: 5, blockLists: [] };

const MODES: readonly [string, (path: string) => Promise<OpenOutput>][] = [
  ["forFilter", OpenOutput.forFilter],
  ["forDownload", OpenOutput.forDownload],
  ["forRun", (path) => OpenOutput.forRun(path, JOB)],
];

it.each(MODES)("%s writes nothing, and makes the folder when it is told to", (_, open) =>
  withFolder(async (folder) => {
    const path = join(folder, "new", "out");
    const opened = await open(path);
    expect(await readdir(folder)).toEqual([]);
    await opened.makeFolder();
    expect((await stat(path)).isDirectory()).toBe(true);
    expect(await readdir(path)).toEqual([]);
  }),
);

it("makeFolder makes the folder once, so that a folder which is removed later stays away", () =>
  withFolder(async (folder) => {
    const opened = await OpenOutput.forDownload(join(folder, "out"));
    await opened.makeFolder();
    await rm(opened.path, { recursive: true });
    await opened.makeFolder();
    expect(await readdir(folder)).toEqual([]);
  }));

it.each([...MODES, ["toContinue", OpenOutput.toContinue] as const])("%s refuses a file", (_, open) =>
  withFolder(async (folder) => {
    const path = join(folder, "file");
    await writeFile(path, "");
    await expect(open(path)).rejects.toThrow(OutputError);
  }),
);

it.each(MODES)("%s refuses a _prep that is not prep's", (_, open) =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "_prep"));
    await writeFile(join(folder, "_prep", "notes.txt"), "");
    await expect(open(folder)).rejects.toThrow("_prep holds notes.txt, which prep did not make");
    expect(await readdir(join(folder, "_prep"))).toEqual(["notes.txt"]);
  }),
);

it("toContinue refuses a folder that does not exist", () =>
  withFolder(async (folder) => {
    await expect(OpenOutput.toContinue(join(folder, "none"))).rejects.toThrow("is not an output of prep or img2dataset");
  }));

it.each(["_prep", "_prep/inputs"])("toContinue accepts %s as a link to another disk, which a new start refuses", (name) =>
  withFolder(async (folder) => {
    const [output, elsewhere] = [join(folder, "out"), join(folder, "elsewhere")];
    await mkdir(join(output, name, ".."), { recursive: true });
    await mkdir(elsewhere);
    await symlink(elsewhere, join(output, name));
    await expect(OpenOutput.toContinue(output)).resolves.toBeInstanceOf(OpenOutput);
    await expect(OpenOutput.forDownload(output)).rejects.toThrow("is a link");
  }),
);

it("forRun refuses foreign shards and a block list where the job writes, and the other modes leave that to the plan", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "00007.tar"), "");
    await expect(OpenOutput.forRun(folder, JOB)).rejects.toThrow("00007.tar");
    await rm(join(folder, "00007.tar"));
    await writeFile(join(folder, "mine.txt"), "");
    await OpenOutput.forRun(folder, { ...JOB, blockLists: [join(folder, "mine.txt")] });
    const list = join(folder, "partitions");
    await expect(OpenOutput.forRun(folder, { ...JOB, blockLists: [list] })).rejects.toThrow(
      "is the input, and this run would overwrite it",
    );
    await writeFile(join(folder, "00007.tar"), "");
    await OpenOutput.forFilter(folder);
    await OpenOutput.forDownload(folder);
  }));

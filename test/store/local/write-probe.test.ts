// The write probe: it leaves nothing, and spares foreign files of its name.
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeWritableFolder } from "../../../src/store/local/durable.ts";
import { withFolder } from "../../support/parquet.ts";

it("removes the probe of a killed start, and leaves foreign files, folders and links of its name alone", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, ".write-probe-1"));
    await symlink("precious", join(folder, ".write-probe-2"));
    for (const [name, text] of [
      [".write-probe", "mine"],
      ["precious", "prep"],
      [".write-probe-3", "prep"],
    ] as const)
      await writeFile(join(folder, name), text);
    await makeWritableFolder(folder);
    expect((await readdir(folder)).sort()).toEqual([".write-probe", ".write-probe-1", ".write-probe-2", "precious"]);
    expect(await readFile(join(folder, ".write-probe"), "utf8")).toBe("mine");
    expect(await readFile(join(folder, "precious"), "utf8")).toBe("prep");
  }));

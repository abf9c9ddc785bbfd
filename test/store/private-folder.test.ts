// Private folders in places that all users share: nobody can foresee or read them.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inPrivateFolder, makePrivateFolder } from "../../src/store/private-folder.ts";
import { withFolder } from "../support/parquet.ts";

it("a private folder has a new name each time, mode 0700, and is removed however the work ends", () =>
  withFolder(async (folder) => {
    const parent = join(folder, "not", "there yet");
    const made = await Promise.all([makePrivateFolder("shell", parent), makePrivateFolder("shell", parent)]);
    expect(new Set(made).size).toBe(2);
    for (const path of made) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(path).toMatch(/\/prep-shell-\w{6}$/);
    }
    const failing = inPrivateFolder("explain", parent, async (path) => {
      expect(readdirSync(parent).map((name) => join(parent, name))).toContain(path);
      throw new Error("no luck");
    });
    await expect(failing).rejects.toThrow("no luck");
    expect(await readdir(parent)).toHaveLength(2);
    await expect(makePrivateFolder("shell", join(folder, "\0"))).rejects.toThrow(/no temporary folder can be made in/);
  }));

it("no other module makes a name in the system's temporary folder", async () => {
  const source = join(import.meta.dirname, "..", "..", "src");
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const users = names.filter((name) => readFileSync(join(source, name), "utf8").includes("tmpdir()"));
  expect(users).toContain("store/private-folder.ts");
  for (const name of users) {
    const uses = readFileSync(join(source, name), "utf8").match(/.*tmpdir\(\).*/g) ?? [];
    for (const use of uses) expect(use, name).toMatch(/mkdtemp\(|^export async function makePrivateFolder/);
  }
});

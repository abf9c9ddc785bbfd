// The npm package: installed from a clone and from its tarball, and used.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { withFolder } from "../support/parquet.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const execute = promisify(execFile);

describe("the npm package", () => {
  it("installs the command globally from a fresh clone, as the README says", () =>
    withFolder(async (folder) => {
      const clone = join(folder, "clone");
      // Uncommitted changes belong to the clone, too.
      await execute("git", ["clone", "--quiet", ROOT, clone]);
      const listed = await execute("git", ["ls-files", "-z", "--modified", "--others", "--exclude-standard"], { cwd: ROOT });
      for (const path of listed.stdout.split("\0")) {
        if (path === "") continue;
        await mkdir(dirname(join(clone, path)), { recursive: true });
        await cp(join(ROOT, path), join(clone, path)).catch(() => rm(join(clone, path)));
      }
      const [, words = ""] = /`npm (install --global \.)` in the clone/.exec(await readFile(join(ROOT, "README.md"), "utf8")) ?? [];
      expect(words).not.toBe("");
      const place = join(folder, "global");
      await execute("npm", [...words.split(" "), "--prefix", place, "--no-audit", "--no-fund"], { cwd: clone });
      const { stdout } = await execute(join(place, "bin", "prep"), ["queries"], { cwd: folder });
      expect(stdout).toMatch(/^high-resolution /m);
    }));

  it("installs from its tarball without development packages, and runs the demo", () =>
    withFolder(async (folder) => {
      const packed = await execute("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT });
      const [tarball] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
      const paths = tarball?.files.map(({ path }) => path) ?? [];
      expect(paths).toContain("queries/high-resolution.sql");
      expect(paths).toContain("docs/options.md");
      const known = /^(bin|dist|queries)\/|^docs\/[\w-]+\.md$|^(README|SECURITY|CHANGELOG)\.md$|^(LICENSE|package\.json)$/;
      expect(paths.filter((path) => !known.test(path))).toEqual([]);
      const empty = join(folder, "empty");
      await execute("npm", ["install", "--prefix", empty, "--no-audit", "--no-fund", join(folder, tarball?.filename ?? "")]);
      expect(await readdir(join(empty, "node_modules"))).not.toContain("vitest");
      const demo = await execute(join(empty, "node_modules", ".bin", "prep"), ["demo", "--rows", "20000"], { cwd: folder });
      expect(demo.stderr).toMatch(/read back: \d+ samples/);
    }));
});

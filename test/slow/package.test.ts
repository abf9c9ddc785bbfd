import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { withFolder } from "../support/parquet.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const execute = promisify(execFile);

describe("the npm package", () => {
  it("installs from its tarball into an empty folder, without development packages, and runs the demo there", () =>
    withFolder(async (folder) => {
      const packed = await execute("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT });
      const [tarball] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
      const paths = tarball?.files.map(({ path }) => path) ?? [];
      expect(paths).toContain("queries/high-resolution.sql");
      expect(paths.filter((path) => !/^(bin|dist|queries)\/|^(README\.md|LICENSE|package\.json)$/.test(path))).toEqual([]);
      const empty = join(folder, "empty");
      await execute("npm", ["install", "--prefix", empty, "--no-audit", "--no-fund", join(folder, tarball?.filename ?? "")]);
      expect(await readdir(join(empty, "node_modules"))).not.toContain("vitest");
      const demo = await execute(join(empty, "node_modules", ".bin", "prep"), ["demo", "--rows", "20000"], { cwd: folder });
      expect(demo.stderr).toMatch(/read back: \d+ samples/);
    }));
});

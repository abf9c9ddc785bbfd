// Shipped queries and `prep shell --init` in the real DuckDB shell.
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { initScript } from "../../src/explore/init-script.ts";
import { createFunctions } from "../../src/functions/create-functions.ts";
import { createMetadataView } from "../../src/metadata/columns/view.ts";
import { findMetadataFiles } from "../../src/metadata/find/metadata-files.ts";
import { queryComment } from "../../src/query/query-comment.ts";
import { prepareSelection } from "../../src/query/select.ts";
import { openTestDatabase, withFolder, writeParquet } from "../support/parquet.ts";
import { LAYOUT_OF, writeDataSet } from "../support/queries/data-sets.ts";

const SHELL = process.env["PREP_DUCKDB"] ?? (process.env["PREP_PYTHON"] ? join(dirname(process.env["PREP_PYTHON"]), "duckdb") : "duckdb");
const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "prep.js");
const QUERIES = join(import.meta.dirname, "..", "..", "queries");

/** In CI a missing shell is an error, because .ci/run installs it. */
function isMissing(): boolean {
  try {
    execFileSync(SHELL, ["--version"], { stdio: "pipe" });
    return false;
  } catch (error) {
    if (process.env["CI"]) throw new Error(`${SHELL} does not run; name the DuckDB shell with PREP_DUCKDB`, { cause: error });
    return true;
  }
}

describe.skipIf(isMissing())("the DuckDB shell", () => {
  it("runs every shipped query unchanged on each of its data sets, with the same result", () =>
    withFolder(async (folder) => {
      const names = (await readdir(QUERIES)).filter((name) => name !== "join-safety-watermark.sql");
      let compared = 0;
      for (const dataset of Object.keys(LAYOUT_OF)) {
        const database = await openTestDatabase();
        try {
          const files = await writeDataSet(database, folder, dataset, 2000);
          const init = join(folder, "init.sql");
          await writeFile(
            init,
            await initScript(
              { metadata: files, swappedSizes: "auto" },
              { threads: 2, memoryLimitBytes: 500_000_000, tempDirectory: undefined },
            ),
          );
          const view = await createMetadataView(database, await findMetadataFiles(files));
          await createFunctions(database);
          for (const name of names) {
            const text = await readFile(join(QUERIES, name), "utf8");
            if (!queryComment(text).datasets.includes(dataset)) continue;
            await prepareSelection(database, { name, text }, new Map(), view);
            const [ours] = await database.rows("SELECT count(*) AS n, bit_xor(hash(url, caption)) AS digest FROM selection");
            const script = join(folder, "script.sql");
            await writeFile(
              script,
              `CREATE TABLE kept AS ${text};\nSELECT count(*) AS n, bit_xor(hash(url, caption))::VARCHAR AS digest FROM kept;\n`,
            );
            const said = execFileSync(SHELL, ["-init", init, "-json", "-f", script], { encoding: "utf8", cwd: folder, stdio: "pipe" });
            expect(JSON.parse(said.slice(said.indexOf("["))), `${name} on ${dataset}`).toEqual([
              { n: Number(ours?.["n"]), digest: ours?.["digest"] === null ? null : String(ours?.["digest"]) },
            ]);
            compared += 1;
          }
        } finally {
          database.close();
        }
      }
      expect(compared).toBeGreaterThan(90);
    }));

  it("has the tables, functions and variables of prep shell with --init and with --duckdb", () =>
    withFolder(async (folder) => {
      await writeParquet(
        join(folder, "meta.parquet"),
        "SELECT 'http://a.example/' || i AS \"URL\", 'c' AS \"TEXT\", i AS hash FROM range(50) r(i)",
      );
      await writeParquet(join(folder, "tags.parquet"), "SELECT i AS hash, i % 2 = 0 AS even FROM range(50) r(i)");
      await writeFile(join(folder, "blocked.txt"), "http://a.example/4\n");
      const tables = ["--table", "tags=tags.parquet", "--table", "block_list=blocked.txt", "--set", "n=9", "--threads", "2"];
      const args = [PROGRAM, "shell", "--metadata", "meta.parquet", ...tables];
      const sql = `SELECT count(*) AS n, min(url_host(url)) AS host, bool_or(is_blocked(url)) AS blocked, current_setting('threads') AS threads
        FROM metadata JOIN tags USING (hash) WHERE even AND hash < getvariable('n')`;
      const row = { n: 5, host: "a.example", blocked: true, threads: 2 };
      // PREP_DUCKDB names the shell for this test; prep would read it as --duckdb.
      const plain = { ...process.env, PREP_DUCKDB: "" };
      const options = { cwd: folder, encoding: "utf8", stdio: "pipe", env: plain } as const;
      await writeFile(join(folder, "init.sql"), execFileSync(process.execPath, [...args, "--init"], options));
      const init = execFileSync(SHELL, ["-init", "init.sql", "-json", "-c", sql], { ...options, cwd: folder });
      expect(JSON.parse(init.slice(init.indexOf("[")))).toEqual([row]);
      await mkdir(join(folder, "bin"));
      await symlink(execFileSync("sh", ["-c", `command -v "${SHELL}"`], options).trim(), join(folder, "bin", "duckdb"));
      const input = `.mode json\n${sql};\n`;
      const env = { ...plain, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
      const opened = execFileSync(process.execPath, [...args, "--duckdb"], { ...options, input, env });
      expect(JSON.parse(opened.slice(opened.indexOf("[")))).toEqual([row]);
      const ours = execFileSync(process.execPath, [...args, "--quiet"], { ...options, input });
      expect(JSON.parse(ours)).toEqual(row);
    }));
});

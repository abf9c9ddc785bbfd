// Shipped queries run unchanged in the real DuckDB shell, and keep there what they keep in prep.
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFunctions } from "../../src/functions/create-functions.ts";
import { findMetadataFiles } from "../../src/metadata/inputs.ts";
import { createMetadataView } from "../../src/metadata/view.ts";
import { queryComment } from "../../src/query/query-comment.ts";
import { prepareSelection } from "../../src/query/select.ts";
import { initScript } from "../../src/run/init-script.ts";
import { LAYOUT_OF, writeDataSet } from "../queries/data-sets.ts";
import { openTestDatabase, withFolder } from "../support/parquet.ts";

const SHELL = process.env["PREP_DUCKDB"] ?? (process.env["PREP_PYTHON"] ? join(dirname(process.env["PREP_PYTHON"]), "duckdb") : "duckdb");
const QUERIES = join(import.meta.dirname, "..", "..", "queries");

/** Under CI the absence of the shell is an error: .ci/run installs it. */
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
  it("runs every shipped query on every data set that it is for", () =>
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
          await createFunctions(database, { hasBlockList: false });
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
});

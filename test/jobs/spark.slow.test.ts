// Parquet shards and partitions, read completely by Spark.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const PYTHON = process.env["PREP_PYTHON"] ?? "python3";
const ROWS = 60;

function cannotRun(): boolean {
  try {
    execFileSync("java", ["-version"], { stdio: "pipe" });
    execFileSync(PYTHON, ["-c", "import pyspark"], { stdio: "pipe" });
    return false;
  } catch {
    return true;
  }
}

it.skipIf(cannotRun())("Spark reads every row and image (skipped if java or pyspark is missing)", () =>
  withFolder(async (folder) => {
    // Bytes after the end of a picture are stored with it.
    const large = Buffer.concat([await paintPicture(400, 300, 1), Buffer.alloc(2e6, "large")]);
    const server = await startScriptedServer({ "/large.jpg": { body: large }, "/small.jpg": { body: await paintPicture(320, 200) } });
    try {
      const paths = ["/large.jpg", "/small.jpg", "/gone.jpg"].map((path) => `'${server.url(path)}'`);
      const metadata = await writeParquet(
        join(folder, "metadata.parquet"),
        `SELECT [${paths.join(", ")}][1 + i % 3] || '?' || i AS url, 'caption ' || i AS caption, i AS hash, [i, NULL] AS ids FROM range(${ROWS}) r(i)`,
      );
      const output = join(folder, "out");
      const pictures = ["--resize-mode", "no", "--skip-reencode", "--allow-private-network", "--retries", "0", "--quiet"];
      const args = ["run", "SELECT * FROM metadata", "--metadata", metadata, "--output", output, "--output-format", "parquet"];
      expect(await runPrep([...args, ...pictures])).toMatchObject({ code: 0 });
      const script = join(import.meta.dirname, "..", "support", "python", "read-spark.py");
      // In such a short run, better compilation costs more than it saves.
      const env = { ...process.env, JAVA_TOOL_OPTIONS: "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" };
      const files = [join(output, "00000.parquet"), join(output, "partitions")];
      const text = execFileSync(PYTHON, [script, ...files], { encoding: "utf8", stdio: "pipe", env });
      const [shard, partitions] = JSON.parse(text) as { columns: string[]; counts: number[][] }[];
      const stored = (await sidecarRows(output)).reduce((sum, row) => sum + Number(row["stored_bytes"] ?? 0), 0);
      expect(stored).toBeGreaterThan(20 * large.length);
      expect(shard?.columns[0]).toBe("jpg");
      expect(shard?.counts).toEqual([1, 2].map(() => [ROWS, ROWS, stored]));
      expect(partitions?.counts).toEqual([1, 2].map(() => [ROWS, ROWS, 0]));
    } finally {
      await server.close();
    }
  }),
);

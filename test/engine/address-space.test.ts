// Processes with a limited address space: they download, or say what to do.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/prep.js", import.meta.url));

// macOS has no such limit.
describe.skipIf(process.platform !== "linux")("a process with 4 GB of addresses", () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(40, 30) } });
  });
  afterAll(() => server.close());

  async function runLimited(...args: readonly string[]): Promise<{ code: number; stderr: string }> {
    // The options of this test process are not what a user has.
    const env = { ...process.env, NODE_OPTIONS: "" };
    return await promisify(execFile)("sh", ["-c", 'ulimit -v 4000000; exec "$0" "$@"', process.execPath, PROGRAM, ...args], { env }).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
    );
  }

  it("downloads a list, and refuses a single task of a cluster with a hint", () =>
    withFolder(async (folder) => {
      const list = await writeParquet(join(folder, "list.parquet"), `SELECT '${server.url("/a.jpg")}?' || i AS url FROM range(20) r(i)`);
      const output = join(folder, "out");
      const shape = ["--output-format", "webdataset", "--image-size", "20", "--number-sample-per-shard", "10"];
      const { code, stderr } = await runLimited("download", list, "--output", output, ...shape, "--allow-private-network");
      expect(code === 0 ? "" : stderr).toBe("");
      expect(await faultsOf(output, 20)).toEqual([]);
      const task = await runLimited("task", output, "--index", "0");
      expect(task.stderr).toMatch(/^error: .*3\.8 GiB.*\nhint: .*ulimit -v.*NODE_OPTIONS/);
      expect(task.code).toBe(5);
    }));
});

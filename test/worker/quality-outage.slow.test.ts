// Runs with too many failures, and runs on a machine without a network.
import { join } from "node:path";
import { expect, it } from "vitest";
import { startScriptedServer } from "../support/fetch/scripted-server.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep, startPrep } from "../support/run-prep.ts";

it("a run ends with 6 if it packed less than --fail-under asks for, and can be continued", () =>
  withFolder(async (folder) => {
    const server = await startScriptedServer({});
    try {
      const list = await writeParquet(join(folder, "list.parquet"), `SELECT '${server.url("/gone.jpg")}?' || i AS url FROM range(4) r(i)`);
      const words = ["download", list, "--output", join(folder, "out"), "--allow-private-network", "--quiet"];
      const failed = await runPrep([...words, "--fail-under", "0.6"]);
      expect(failed.code).toBe(6);
      expect(failed.stderr).toMatch(/error: 0 of 4 rows are packed \(0.0 %\), --fail-under 0.6 asks for more\nhint: .*prep retry/);
      expect((await runPrep(["verify", join(folder, "out")])).code).toBe(0);
      expect((await runPrep([...words, "--fail-under", "0"])).code).toBe(0);
    } finally {
      await server.close();
    }
  }));

it("prep status shows a wait for the network, in words and as JSON, unless the run was killed", () =>
  withFolder(async (folder) => {
    const list = await writeParquet(
      join(folder, "list.parquet"),
      "SELECT 'http://host' || i || '.example/a.jpg' AS url FROM range(80) r(i)",
    );
    const output = join(folder, "out");
    const words = ["--dns-server", "127.0.0.1:1", "--max-outage", "600", "--allow-private-network", "--quiet"];
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const run = startPrep(["download", list, "--output", output, ...words]);
      await new Promise<void>((resolve) =>
        run.process.stderr?.on("data", (text: string) => void (/answers any more/.test(text) && resolve())),
      );
      const people = await runPrep(["status", output]);
      expect(people.stdout).toMatch(
        /^ {2}paused since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(last heard of \S+ m?s ago\): no name server answers any more/,
      );
      const { pauses } = JSON.parse((await runPrep(["status", output, "--json"])).stdout) as { pauses: unknown[] };
      expect(pauses).toEqual([{ of: "network", since: expect.any(String), heard: expect.any(String), text: expect.any(String) }]);
      run.process.kill(signal);
      await run.result;
      await expect
        .poll(async () => JSON.parse((await runPrep(["status", output, "--json"])).stdout), { timeout: 10_000 })
        .toMatchObject({ pauses: [] });
    }
  }));

it("a run ends with 7 and marks nothing failed if no name can be resolved", () =>
  withFolder(async (folder) => {
    const list = await writeParquet(
      join(folder, "list.parquet"),
      "SELECT 'http://host' || i || '.example/a.jpg' AS url FROM range(80) r(i)",
    );
    const output = join(folder, "out");
    // No server listens there, and the kernel says so at once.
    const words = ["download", list, "--output", output, "--dns-server", "127.0.0.1:1", "--max-outage", "0.5", "--allow-private-network"];
    const result = await runPrep(words);
    expect(result.stderr).toContain("no name server answers any more");
    expect(result.stderr).toMatch(/error: no name server has answered for \d+ s: .*\nhint: Start prep continue /);
    expect(result.code).toBe(7);
    const status = await runPrep(["status", output, "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ shardsDone: 0, shardsToDo: 1, failedToDownload: 0 });
    expect((await runPrep([...words, "--max-outage", "0", "--quiet"])).code).toBe(0);
  }));

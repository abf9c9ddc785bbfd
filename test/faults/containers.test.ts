// Containers on one volume, whose processes all have id 1 and one host name.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Container, canContain, startContained } from "../support/containers.ts";
import { type CallFault, faultEnvironment } from "../support/faults/fault.ts";
import { copyOutput, openJob, UNRESIZED } from "../support/faults/job.ts";
import { writeParquet } from "../support/parquet.ts";
import { removeFolder } from "../support/remove-folder.ts";
import { ending } from "../support/run-prep.ts";

/** Environment variables that hold the k-th such call until the file `LOG.go` exists; LOG exists once the call is held. */
const holdCall = (root: string, role: CallFault["role"], call: CallFault["call"], k: number, log: string) =>
  faultEnvironment({ root, role, call, k, action: "hold", until: `${log}.go`, log });

/** Waits until a call in a container is held; throws if the container ends before. */
async function untilHeld(log: string, container: Container): Promise<void> {
  let end: string | undefined;
  void container.result.then((result) => {
    end = ending(result);
  });
  while (!existsSync(log)) {
    if (end !== undefined) throw new Error(`the container ended: ${end}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Names of the attempts at shards or selections that are in the output, without their locks. */
const attemptsIn = async (output: string) =>
  (await readdir(join(output, "_prep", "tmp"))).filter((name) => /^(\d|selection\.\w+\.)/.test(name) && !name.includes("lock")).sort();

async function inContainer(...args: readonly string[]): Promise<string> {
  const result = await startContained(args).result;
  expect(result.code === 0 ? "" : ending(result)).toBe("");
  return result.stdout;
}

describe.runIf(canContain())("containers on one volume", () => {
  it("tell the dead from the living: prep clean removes what a killed container left, and nothing of the other", async () => {
    const job = await openJob({ rows: 20, shardRows: 10, options: UNRESIZED });
    try {
      await job.plan("plan");
      const output = await copyOutput(job, "plan", "pair");
      // The process that made the plan was killed, too.
      await inContainer("clean", output);
      const call = { kinds: ["fsync"], path: "\\.tar$" } as const;
      const start = (index: number, log: string) =>
        startContained(["task", output, "--index", String(index)], holdCall(output, "worker", call, 1, log));
      const logs = ["a", "b"].map((name) => join(job.folder, name));
      const [doomed, living] = logs.map((log, index) => start(index, log));
      if (!doomed || !living) throw new Error("two were started");
      await Promise.all([untilHeld(logs[0] ?? "", doomed), untilHeld(logs[1] ?? "", living)]);
      expect(JSON.parse(await inContainer("status", output, "--json"))).toMatchObject({ shardsRunning: 2 });
      expect(await inContainer("clean", output)).toBe("nothing was left behind\n");
      await doomed.kill();
      expect(JSON.parse(await inContainer("status", output, "--json"))).toMatchObject({ shardsRunning: 1 });
      const before = await attemptsIn(output);
      expect(before.map((name) => name.split(".", 1)[0])).toEqual(["00000", "00001"]);
      const dead = before[0]?.split(".").slice(1, 4).join(".");
      const removed = (await inContainer("clean", output)).split("\n").filter((line) => line.startsWith("removed "));
      expect(removed.length).toBeGreaterThan(1);
      for (const line of removed) expect(line).toMatch(new RegExp(`/(\\w+\\.${dead}|00000\\.lock-)`));
      expect(await attemptsIn(output)).toEqual(before.slice(1));
      await writeFile(`${logs[1]}.go`, "");
      const end = await living.result;
      expect(end.code === 0 ? "" : ending(end)).toBe("");
      expect(existsSync(join(output, "00001_stats.json"))).toBe(true);
      await inContainer(...job.args("pair"));
      expect(await job.faults("pair")).toEqual([]);
    } finally {
      await job.close();
    }
  });

  it.each(["starts after the kill", "waits for the other one"])(
    "take over a selection that was killed: a container that %s writes only the missing partitions",
    async (how) => {
      const folder = await mkdtemp(join(tmpdir(), "prep-containers-"));
      try {
        const metadata = join(folder, "metadata");
        await mkdir(metadata);
        await writeParquet(join(metadata, "m.parquet"), "SELECT 'http://a.test/' || i AS url FROM range(10000) t(i)");
        const output = join(folder, "out");
        const args = ["filter", "SELECT url FROM metadata", "--metadata", metadata, "--output", output, "--partitions", "8", "--quiet"];
        const call = { kinds: ["rename"], path: "work/.*part-\\d+\\.parquet$" } as const;
        const log = join(folder, "held");
        const doomed = startContained(args, holdCall(output, "main", call, 4, log));
        await untilHeld(log, doomed);
        const record = join(folder, "record");
        const recording = faultEnvironment({ root: output, role: "main", call, k: 1, action: "record", log: record });
        let next: Container;
        if (how === "starts after the kill") {
          await doomed.kill();
          expect(await attemptsIn(output)).toHaveLength(1);
          next = startContained(args, recording);
        } else {
          const refused = await startContained(args).result;
          expect(refused).toMatchObject({
            code: 7,
            stderr: expect.stringMatching(/another start is selecting rows .*\nhint: .* --wait/) as unknown,
          });
          next = startContained([...args.filter((word) => word !== "--quiet"), "--wait"], recording);
          while (!next.stderrSoFar().includes("waiting for it")) await new Promise((resolve) => setTimeout(resolve, 10));
          await doomed.kill();
        }
        const end = await next.result;
        expect(end.code === 0 ? "" : ending(end)).toBe("");
        expect(readFileSync(record, "utf8").trim().split("\n")).toHaveLength(8 - 3);
        expect(await readdir(output)).toEqual(["partitions", "selection.json"]);
      } finally {
        await removeFolder(folder);
      }
    },
  );
});

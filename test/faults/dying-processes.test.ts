// Workers and decoders that die, as when the kernel kills them for lack of memory.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallFault, faultEnvironment, hookEnvironment } from "../support/faults/fault.ts";
import { type Job, openJob } from "../support/faults/job.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 240, shardRows: 20, delayMs: 250, options: ["--processes-count", "2", "--thread-count", "12"] });
});
afterAll(() => job.close());

describe("a shard that always kills its worker", () => {
  it("is left undone with exit code 7; all others are done, and the same command completes it later", async () => {
    const root = job.output("cursed");
    const fault: CallFault = { root, role: "worker", call: { kinds: ["fsync"], path: "00003\\.tar$" }, k: 1, action: "kill-before" };
    const result = await runPrep(job.args("cursed"), { env: faultEnvironment(fault) });
    expect(result.stderr).toMatch(/error: 1 of 12 shards are left undone\nhint: Start prep continue /);
    expect(result.code).toBe(7);
    const records = readdirSync(root).filter((name) => name.endsWith("_stats.json"));
    expect(records).toHaveLength(11);
    expect(records).not.toContain("00003_stats.json");
    expect((await runPrep(job.args("cursed"))).code).toBe(0);
    expect(await job.faults("cursed")).toEqual([]);
  });
});

describe("a picture that always kills the worker that decodes it", () => {
  it("is recorded as decode_crashed and costs no other sample and no shard, also when there are three", async () => {
    const log = join(job.folder, "poison.log");
    // Rows that succeed otherwise: the first is alone in its shard, the other two share one.
    const env = { ...hookEnvironment("poison-hook.mjs"), PREP_POISON: "?64 request|?101 request|?118 request", PREP_POISON_LOG: log };
    const result = await runPrep(job.args("poison", "--image-size", "40"), { env });
    expect(result.code === 0 ? "" : ending(result)).toBe("");
    expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(6);
    const faults = await job.faults("poison");
    // The pictures are resized, so rule 4 of the checker cannot hold.
    expect(faults.filter((fault) => !fault.startsWith("(4)"))).toEqual(
      ["64", "101", "118"].map((row) => expect.stringMatching(new RegExp(`\\?${row} ended as decode_crashed$`))),
    );
  });
});

describe.skipIf(process.platform !== "linux")("processes that are killed from outside (Linux only: found in /proc)", () => {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(join("/proc", pid, file), "utf8");
    } catch {
      return "";
    }
  };

  /** Ids of the workers of an output (`task`), or of their children whose command line has this word. */
  function pidsOf(output: string, word: string): number[] {
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const workers = new Set(all.filter((pid) => read(pid, "cmdline").includes(`task\0${output}\0`)));
    const parentOf = (pid: string) => /\) \S (\d+)/.exec(read(pid, "stat"))?.[1] ?? "";
    if (word === "task") return [...workers].map(Number);
    return all.filter((pid) => workers.has(parentOf(pid)) && read(pid, "cmdline").includes(word)).map(Number);
  }

  it.each([
    ["workers", "task", 2],
    ["decoders", "decoder-process", 6],
  ] as const)("%s cost no sample: the run goes on and ends with 0", async (label, word, kills) => {
    const output = job.output(label);
    const running = startPrep(job.args(label, "--resize-mode", "keep_ratio", "--image-size", "40"));
    let killed = 0;
    let seen = new Set<number>();
    while (killed < kills && running.process.exitCode === null) {
      // A run takes several processes that die at their start for a broken installation, so only processes that
      // have loaded their libraries are killed.
      const found = pidsOf(output, word).filter((pid) => /libvips|duckdb/.test(read(String(pid), "maps")));
      const [pid] = found.filter((one) => seen.has(one)).sort(() => Math.random() - 0.5);
      seen = new Set(found);
      if (pid !== undefined) {
        try {
          process.kill(pid, "SIGKILL");
          killed += 1;
        } catch {
          // It has just ended.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    const result = await running.result;
    expect(result.code === 0 ? "" : ending(result)).toBe("");
    expect(killed).toBe(kills);
    // The pictures are resized, so rule 4 of the checker cannot hold.
    const faults = await job.faults(label);
    expect(faults.filter((fault) => !fault.startsWith("(4)"))).toEqual([]);
  });
});

// Repeated kills of a run with all its workers and decoders at once.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MAX_OPEN_SHARDS } from "../../src/worker/descriptors.ts";
import { faultEnvironment, recordedPids } from "../support/faults/fault.ts";
import { IS_LONG, type Job, openJob } from "../support/faults/job.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

const KILLS = IS_LONG ? 25 : 8;
const SHARD_ROWS = 8;
/** A kill costs at most the open shards of the one worker, so that 1.3 requests a row are enough. */
const ROWS = Math.ceil((KILLS * MAX_OPEN_SHARDS) / 0.3) * SHARD_ROWS;

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: ROWS, shardRows: SHARD_ROWS, options: ["--processes-count", "1", "--robots", "ignore"] });
});
afterAll(() => job.close());

it(`${KILLS} kills of all processes at once lose nothing and cost at most 1.3 requests a row`, async () => {
  const output = job.output("out");
  const pids = join(job.folder, "pids");
  const records = async () => (await readdir(output).catch(() => [])).filter((name) => name.endsWith("_stats.json")).length;
  const shards = ROWS / SHARD_ROWS;
  for (let kill = 1; kill <= KILLS; kill++) {
    await mkdir(pids);
    const { process: run, result } = startPrep(job.args("out"), { env: faultEnvironment({ pids }) });
    const enough = Math.floor((shards * kill) / (KILLS + 1));
    while ((await records()) < enough && run.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    for (const pid of recordedPids(pids)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
    expect((await result).signal).toBe("SIGKILL");
    await rm(pids, { recursive: true });
    expect(await job.faults("out", false)).toEqual([]);
  }
  const end = await runPrep(job.args("out"));
  expect(end.code === 0 ? "" : ending(end)).toBe("");
  expect(await job.faults("out")).toEqual([]);
  expect(job.site.server.requests()).toBeLessThanOrEqual(1.3 * ROWS);
  console.log(`${KILLS} kills of all processes, ${job.site.server.requests()} requests for ${ROWS} rows`);
});

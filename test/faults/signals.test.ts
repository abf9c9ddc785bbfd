// SIGTERM and Ctrl-C, once and twice: exit codes, whole shards, and the same command again.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Job, openJob, startTask } from "../support/faults/job.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

let job: Job;
beforeAll(async () => {
  job = await openJob({ rows: 600, shardRows: 20, delayMs: 30, options: ["--thread-count", "8"] });
});
afterAll(() => job.close());

const pictures = () => job.site.server.requests() - job.site.server.requests("/robots.txt");

const records = async (output: string) =>
  (await readdir(job.output(output)).catch(() => [])).filter((name) => name.endsWith("_stats.json")).length;

async function untilRecords(output: string, count: number): Promise<void> {
  while ((await records(output)) < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe.each([
  ["SIGTERM", 1, 143],
  ["SIGINT", 1, 130],
  ["SIGINT", 2, 130],
  ["SIGTERM", 2, 143],
] as const)("%s, %i times", (signal, times, code) => {
  it(`ends the run with ${code} and whole shards only, and the same command completes it`, async () => {
    const name = `${signal}-${times}`;
    const running = startPrep(job.args(name));
    await untilRecords(name, 2);
    for (let time = 0; time < times; time++) running.process.kill(signal);
    const stopped = await running.result;
    expect(stopped.code === code ? "" : ending(stopped)).toBe("");
    const done = await records(name);
    expect(done).toBeLessThan(30);
    expect(await job.faults(name, false)).toEqual([]);
    const asked = pictures();
    expect((await runPrep(job.args(name))).code).toBe(0);
    // Workers of a run that was stopped at once may commit more shards until they notice that they are alone.
    expect(pictures() - asked).toBeLessThanOrEqual((30 - done) * 20);
    expect(await job.faults(name)).toEqual([]);
  });
});

describe("one task of a cluster", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends by %s with the signal's code and leaves nothing behind", async (signal) => {
    const output = await job.plan(`task-${signal}`);
    const temporary = join(output, "_prep", "tmp");
    // The lock of the killed process that made the plan.
    const before = await readdir(temporary);
    const running = startTask(output, 0);
    const isAtWork = async () => existsSync(temporary) && (await readdir(temporary)).some((name) => name.startsWith("00000."));
    while (!(await isAtWork())) await new Promise((resolve) => setTimeout(resolve, 5));
    running.process.kill(signal);
    const stopped = await running.result;
    expect(stopped.code === (signal === "SIGTERM" ? 143 : 130) ? "" : ending(stopped)).toBe("");
    expect((await readdir(temporary)).filter((name) => !before.includes(name))).toEqual([]);
    expect(await job.faults(`task-${signal}`, false)).toEqual([]);
  });
});

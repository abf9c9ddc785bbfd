// Two starts on one output at the same time: they share the work, or one is refused.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type CallFault, faultEnvironment } from "../support/faults/fault.ts";
import { type Job, openJob, startTask } from "../support/faults/job.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

let job: Job;
beforeAll(async () => {
  // The number of requests for robots.txt depends on the number of workers.
  job = await openJob({ rows: 400, shardRows: 20, options: ["--robots", "ignore"] });
});
afterAll(() => job.close());

it("three starts of one command with --wait all end with 0, and nothing is downloaded twice", async () => {
  const before = job.site.server.requests();
  expect((await runPrep(job.args("single"))).code).toBe(0);
  const wanted = job.site.server.requests() - before;
  const all = await Promise.all(["a", "b", "c"].map(() => runPrep(job.args("same", "--wait"))));
  expect(all.map((result) => (result.code === 0 ? "" : ending(result)))).toEqual(["", "", ""]);
  expect(await job.faults("same")).toEqual([]);
  expect(job.site.server.requests() - before - wanted).toBe(wanted);
});

it("when one of two starts is killed, the other ends with 0 and leaves nothing of the dead one", async () => {
  const doomed = startPrep(job.args("half"));
  const other = startPrep(job.args("half", "--wait"));
  await new Promise((resolve) => doomed.process.stderr?.once("data", resolve) ?? resolve(undefined));
  doomed.process.kill("SIGKILL");
  await doomed.result;
  const result = await other.result;
  expect(result.code === 0 ? "" : ending(result)).toBe("");
  expect((await runPrep(job.args("half"))).code).toBe(0);
  expect(await job.faults("half")).toEqual([]);
});

it.each(["is done", "dies"])(
  "a start does the shards that no other process has, and with --wait the rest when the other %s",
  async (how) => {
    const name = `shared-${how.replace(" ", "-")}`;
    const root = await job.plan(name);
    const log = `${root}.log`;
    const call = { kinds: ["fsync"], path: "\\.tar$" } as const;
    const fault: CallFault = { root, role: "worker", call, k: 1, action: "hold", until: `${log}.go`, log };
    const first = startTask(root, 0, faultEnvironment(fault));
    while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 5));
    const same = await startTask(root, 0).result;
    expect(same.code).toBe(7);
    expect(same.stderr).toContain("another start is at work on 1 shard of");
    const withNotices = job.args(name).filter((word) => word !== "--quiet");
    const left = await runPrep(withNotices);
    expect(left.code).toBe(7);
    expect(left.stderr).toMatch(/notice: another start is at work on 1 shard of .*: this one takes only shards that nobody has\n/);
    expect(left.stderr).toMatch(/error: another start is at work on 1 shard of .*\nhint: Start prep continue .* with --wait/);
    expect(await job.faults(name, false)).toEqual([]);
    expect(JSON.parse((await runPrep(["status", root, "--json"])).stdout)).toMatchObject({ shardsRunning: 1, shardsToDo: 1 });
    const waiting = startPrep([...withNotices, "--wait"]);
    await waiting.until(() => waiting.stderrSoFar().includes("waiting for it"));
    if (how === "dies") first.process.kill("SIGKILL");
    else await writeFile(`${log}.go`, "");
    expect((await first.result).code).toBe(how === "dies" ? null : 0);
    const result = await waiting.result;
    expect(result.code === 0 ? "" : ending(result)).toBe("");
    expect(await job.faults(name)).toEqual([]);
  },
);

it("a start with other options is refused with 5, names them, and disturbs nothing", async () => {
  const first = startPrep(job.args("other"));
  // A plan binds nobody until its first shard is done.
  while (!existsSync(join(job.output("other"), "00000_stats.json"))) await new Promise((resolve) => setTimeout(resolve, 2));
  const refused = await runPrep(job.args("other", "--image-size", "17"));
  expect(refused.code).toBe(5);
  expect(refused.stderr).toMatch(/--image-size: this output was made with 256; you ask for 17\.[\s\S]*hint: /);
  expect((await first.result).code).toBe(0);
  expect(await job.faults("other")).toEqual([]);
});

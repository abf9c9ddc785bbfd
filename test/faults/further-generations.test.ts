// Retries and repairs that are killed at each call of a commit, or at random moments.
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallKind, faultEnvironment, recordedPids } from "../support/faults/fault.ts";
import { copyOutput, IS_LONG, type Job, openJob } from "../support/faults/job.ts";
import { sweepCalls, wasKilled } from "../support/faults/sweep.ts";
import { digests, query } from "../support/output.ts";
import { removeFolder } from "../support/remove-folder.ts";
import { ending, runPrep, startPrep } from "../support/run-prep.ts";

const STEPS: readonly CallKind[] = ["fsync", "link", "rename"];
const SHARD_ROWS = 10;
const SHARDS = 8;
const KILLS = IS_LONG ? 100 : 8;

/** One download at a time: shards end one after the other, so that kills can fall between them. */
const SLOW = ["--thread-count", "1"];

let small: Job;
let large: Job;
beforeAll(async () => {
  small = await openJob({ rows: SHARD_ROWS, shardRows: SHARD_ROWS, isBusy: true });
  large = await openJob({ rows: SHARDS * SHARD_ROWS, shardRows: SHARD_ROWS, isBusy: true, delayMs: 40 });
  for (const job of [small, large]) expect((await runPrep(job.args("done"))).code).toBe(0);
  await damage(await copyOutput(small, "done", "damaged"), 0);
});
afterAll(() => Promise.all([small.close(), large.close()]));

const commonOptions = (job: Job) => [
  "--allow-private-network",
  "--quiet",
  "--processes-count",
  "2",
  "--timeout",
  "60",
  "--total-timeout",
  "120",
  ...job.site.options,
  ...(job === large ? SLOW : []),
];
const retry = (job: Job) => (output: string) => ["retry", output, ...commonOptions(job)];
const repair = (job: Job) => (output: string) => ["verify", output, "--repair", ...commonOptions(job)];

/** Flips a byte in the middle of a tar, truncates the tar there, or removes it, by the number of the shard. */
async function damage(output: string, shard: number): Promise<void> {
  const path = join(output, `0000${shard}.tar`);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  if (shard % 3 === 2) return await rm(path);
  if (shard % 3 === 1) return await truncate(path, middle);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** Whether docs/protocol.md allows the problem: between two renames, whole files of two generations stand side by side. */
async function isBetweenRenames(fault: string, output: string): Promise<boolean> {
  const shard = /^\([234]\) (?:the counts of shard )?(\d{5})/.exec(fault)?.[1];
  if (shard === undefined) return false;
  const record = async (path: string) =>
    JSON.parse(await readFile(join(output, path), "utf8")) as { files: { name: string; sha256: string }[] };
  const after = await record(`_prep/generations/${shard}.1.json`).catch(() => undefined);
  if (!after) return false;
  const before = await record(`${shard}_stats.json`);
  const seen = await digests(before.files.map(({ name }) => join(output, name)));
  const isOf = ({ files }: typeof before, name: string) => files.some((file) => file.name === name && file.sha256 === seen[name]);
  return Object.keys(seen).every((name) => isOf(before, name) || isOf(after, name));
}

/** Problems of an interrupted output that docs/protocol.md does not allow. */
async function faultsMeanwhile(job: Job, name: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const fault of await job.faults(name, false)) if (!(await isBetweenRenames(fault, job.output(name)))) wrong.push(fault);
  return wrong;
}

/** Shards whose visible record is of a further generation; the record is published last. */
async function republishedShards(output: string): Promise<string[]> {
  const records = (await readdir(output)).filter((name) => name.endsWith("_stats.json"));
  const texts = await Promise.all(records.map((name) => readFile(join(output, name), "utf8")));
  return records
    .filter((_, index) => (JSON.parse(texts[index] ?? "") as { generation?: number }).generation)
    .map((name) => name.slice(0, 5));
}

/** SHA-256 of every stored picture by its key. */
async function pictures(output: string): Promise<Record<string, unknown>> {
  const rows = await query(`SELECT key, sha256 FROM read_parquet('${output}/[0-9]*.parquet') WHERE status = 'success'`);
  return Object.fromEntries(rows.map(({ key, sha256 }) => [String(key), sha256]));
}

describe("killed at any call of a commit, together with the main process", () => {
  it.each(["kill-before", "kill-after"] as const)(
    "a retry (%s) leaves the old or the new generation, and the next retry completes it",
    async (action) => {
      // Calls that make files visible; the long form has the syncs between them, too.
      const kinds = IS_LONG ? STEPS : (["link", "rename"] as const);
      const packed = await pictures(small.output("done"));
      const asked = small.site.server.requests("/picture.jpg");
      small.site.busy = "was";
      const { calls, faults } = await sweepCalls(small, action, {
        fault: { role: "worker", call: { kinds }, action, withParent: true },
        template: "done",
        command: retry(small),
        again: retry(small),
        judge: wasKilled,
        isExcused: isBetweenRenames,
        finally: async (output) => expect(await pictures(output)).toMatchObject(packed),
      });
      expect(faults).toEqual([]);
      for (const kind of kinds) expect(calls.join("\n")).toMatch(new RegExp(`^${kind} `, "m"));
      expect(small.site.server.requests("/picture.jpg")).toBe(asked);
      console.log(`${calls.length} kills: ${calls.join(", ")}`);
    },
  );

  it("a repair leaves the damaged shard or the repaired one, and the next repair completes it", async () => {
    small.site.busy = "yes";
    const { calls, faults } = await sweepCalls(small, "repair", {
      fault: { role: "worker", call: { kinds: IS_LONG ? STEPS : ["link", "rename"] }, action: "kill-after", withParent: true },
      template: "damaged",
      command: repair(small),
      again: repair(small),
      judge: wasKilled,
      isExcused: (fault) => /00000/.test(fault),
    });
    expect(faults).toEqual([]);
    expect(calls.length).toBeGreaterThan(4);
    console.log(`${calls.length} kills: ${calls.join(", ")}`);
  });

  it("the main process of a retry leaves nothing that the next retry does not complete", async () => {
    small.site.busy = "was";
    const { calls, faults } = await sweepCalls(small, "main", {
      fault: {
        role: "main",
        call: { kinds: IS_LONG ? ["fsync", "rename", "mkdir", "rm"] : ["fsync", "rename"] },
        action: "kill-after",
      },
      template: "done",
      command: retry(small),
      again: retry(small),
      judge: wasKilled,
    });
    expect(faults).toEqual([]);
    console.log(`${calls.length} kills: ${calls.join(", ")}`);
  });
});

/** Kills all processes of a command at a random moment after it has recorded this many generations; false if it ended before. */
async function killAfterGenerations(job: Job, output: string, args: readonly string[], generations: number): Promise<boolean> {
  const pids = join(job.folder, "pids");
  await mkdir(pids);
  const { process: run, result } = startPrep(args, { env: faultEnvironment({ pids }) });
  const folder = join(output, "_prep", "generations");
  const records = async () => (await readdir(folder).catch(() => [])).length;
  // On a busy machine it takes a while until the first process has left its id.
  const isReached = async () => recordedPids(pids).length > 0 && (await records()) >= generations;
  while (!(await isReached()) && run.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
  for (const pid of recordedPids(pids)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
  const { signal } = await result;
  await rm(pids, { recursive: true });
  return signal === "SIGKILL";
}

describe(`${KILLS} kills of all processes at random moments`, () => {
  it("of a retry lose, duplicate and mix nothing, and request no success again", async () => {
    const packed = await pictures(large.output("done"));
    const asked = large.site.server.requests("/picture.jpg");
    large.site.busy = "was";
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      const output = await copyOutput(large, "done", "retried");
      for (let done = 0; done < SHARDS && kills < KILLS; done += 2) {
        if (await killAfterGenerations(large, output, retry(large)(output), done)) kills += 1;
        expect(await faultsMeanwhile(large, "retried")).toEqual([]);
      }
      const end = await runPrep(retry(large)(output));
      expect(end.code === 0 ? "" : ending(end)).toBe("");
      large.site.busy = "no";
      expect(await large.faults("retried")).toEqual([]);
      large.site.busy = "was";
      expect(await pictures(output)).toMatchObject(packed);
      await removeFolder(output);
      if (round > KILLS) throw new Error("the retry ends before it can be killed");
    }
    expect(large.site.server.requests("/picture.jpg")).toBe(asked);
  });

  it("of a repair leave every shard whole in the end", async () => {
    large.site.busy = "yes";
    const damaged = large.output("damaged");
    await cp(large.output("done"), damaged, { recursive: true });
    for (let shard = 0; shard < SHARDS; shard++) await damage(damaged, shard);
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      const output = await copyOutput(large, "damaged", "repaired");
      for (let done = 0; done < SHARDS && kills < KILLS; done += 2) {
        if (await killAfterGenerations(large, output, repair(large)(output), done)) kills += 1;
        // Damaged shards that are not republished may have problems, others not. The shards are listed first, because a
        // worker that had not left its id yet may publish another one before it notices that it is alone.
        const repaired = await republishedShards(output);
        const wrong = await faultsMeanwhile(large, "repaired");
        expect(wrong.filter((fault) => repaired.some((name) => fault.includes(name)))).toEqual([]);
      }
      const end = await runPrep(repair(large)(output));
      expect(end.code === 0 ? "" : ending(end)).toBe("");
      expect(await large.faults("repaired")).toEqual([]);
      await removeFolder(output);
      if (round > KILLS) throw new Error("the repair ends before it can be killed");
    }
  });
});

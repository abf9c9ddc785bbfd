// The local engine: which worker gets which task, and what happens when workers die.
import type { ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { type LocalEngineOptions, runLocally, WorkerFailure } from "../../src/engine/local.ts";
import type { FromWorker } from "../../src/engine/messages.ts";
import { EarlyWorker } from "../../src/engine/worker-process.ts";
import { withFolder } from "../support/parquet.ts";

/** A worker whose reaction to a task is this JavaScript, with `task`, `done()`, an array `held`, and the URLs it was told of in `heard`. */
async function withWorker<T>(
  reaction: string,
  work: (options: LocalEngineOptions & { messages: FromWorker[]; deaths: string[] }) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const program = join(folder, "worker.mjs");
    await writeFile(
      program,
      `const held = [];
      const heard = [];
      process.on("message", async ({ kind, task, urls }) => {
        if (kind === "stop") process.exit(0);
        if (kind === "answered") { heard.push(...urls); held.splice(0).forEach((end) => end()); }
        else if (kind === "task") { const done = () => process.send({ kind: "done", task }); ${reaction} }
      });
      process.send({ kind: "ready" });`,
    );
    const messages: FromWorker[] = [];
    const deaths: string[] = [];
    return await work({
      program,
      args: [],
      job: {},
      environment: process.env,
      workers: 2,
      tasksPerWorker: 2,
      onMessage: (message) => messages.push(message),
      onDeath: (reason) => deaths.push(reason),
      messages,
      deaths,
    });
  });
}

const never = new AbortController().signal;

describe("the local engine", () => {
  it("does every task once and ends its workers", () =>
    withWorker("done();", async (options) => {
      expect(await runLocally([0, 1, 2, 3, 4, 5, 6], options, never)).toEqual([]);
      const done = options.messages.filter((message) => message.kind === "done").map(({ task }) => task);
      expect(done.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }));

  it("gives a worker another task when all samples of one are begun, up to a limit", () =>
    withWorker(
      'held.push(done); process.send({ kind: "begun", task }); if (task === 3) setTimeout(() => held.splice(0).forEach((end) => end()), 50);',
      async (options) => {
        expect(await runLocally([0, 1, 2, 3], { ...options, workers: 1, tasksPerWorker: 4 }, never)).toEqual([]);
        const kinds = options.messages.map(({ kind }) => kind);
        expect(kinds.slice(0, 5)).toEqual(["ready", "begun", "begun", "begun", "begun"]);
      },
    ));

  it("tells every worker, with a task or without, which URL was answered to another", () =>
    withWorker(
      `if (task === 0) { process.send({ kind: "progress", answered: "http://alive.example/" }); done(); }
      else { const tell = () => { process.send({ kind: "notice", text: heard.at(-1) }); done(); };
        if (heard.length > 0) tell(); else held.push(tell); }`,
      async (options) => {
        expect(await runLocally([0, 1], options, never)).toEqual([]);
        expect(options.messages).toContainEqual({ kind: "notice", text: "http://alive.example/" });
      },
    ));

  it("gives a worker no second task while samples of the first are not begun", () =>
    withWorker("held.push(done); if (held.length > 1) process.exit(9); setTimeout(() => held.pop()(), 50);", async (options) => {
      expect(await runLocally([0, 1, 2], { ...options, workers: 1, tasksPerWorker: 4 }, never)).toEqual([]);
      expect(options.deaths).toEqual([]);
    }));

  it("gives a dead worker's tasks to another, and leaves a task undone that kills three", () =>
    withWorker('if (task === 1) process.kill(process.pid, "SIGKILL"); else setTimeout(done, 20);', async (options) => {
      expect(await runLocally([0, 1, 2, 3], options, never)).toEqual([1]);
      expect(options.deaths).toEqual(["SIGKILL", "SIGKILL", "SIGKILL"]);
      const done = options.messages.filter((message) => message.kind === "done").map(({ task }) => task);
      expect([...new Set(done)].sort()).toEqual([0, 2, 3]);
    }));

  it("repeats a task as long as its deaths lead to another sample that is skipped, and no longer", () =>
    withWorker(
      `const { readFileSync, writeFileSync } = await import("node:fs");
      const log = process.argv[2];
      let tries = 0;
      try { tries = Number(readFileSync(log, "utf8")); } catch {}
      writeFileSync(log, String(tries + 1));
      // Two samples kill two workers each. After that, no sample is the cause.
      if (tries >= 2) process.send({ kind: "found", task, shard: "00000", killers: tries >= 4 ? 2 : 1 });
      setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);`,
      (options) =>
        withFolder(async (folder) => {
          expect(await runLocally([0], { ...options, args: [join(folder, "tries")] }, never)).toEqual([0]);
          expect(options.deaths).toHaveLength(4 + 3);
        }),
    ));

  it("tries each task of a dead worker alone before it blames one", () =>
    withWorker(
      'if (task === 3) process.kill(process.pid, "SIGKILL"); process.send({ kind: "begun", task }); setTimeout(done, 200);',
      async (options) => {
        expect(await runLocally([0, 1, 2, 3], { ...options, workers: 1, tasksPerWorker: 4 }, never)).toEqual([3]);
        expect(options.deaths).toHaveLength(4);
      },
    ));

  it("ends all workers and throws what one of them reports", () =>
    withWorker('process.send({ kind: "failed", error: { message: "the disk is full", exitCode: 5 } });', async (options) => {
      await expect(runLocally([0, 1], options, never)).rejects.toThrow(WorkerFailure);
    }));

  it("stops restarting workers that cannot start", () =>
    withFolder(async (folder) => {
      const program = join(folder, "broken.mjs");
      await writeFile(program, "process.exit(3);");
      const options = {
        program,
        args: [],
        job: {},
        environment: process.env,
        workers: 1,
        tasksPerWorker: 1,
        onMessage: () => undefined,
        onDeath: () => undefined,
      };
      await expect(runLocally([0], options, never)).rejects.toThrow("before it was ready (exit code 3)");
    }));

  it("replaces a worker that was killed before it was ready, a limited number of times", () =>
    withFolder(async (folder) => {
      const program = join(folder, "killed.mjs");
      await writeFile(program, 'process.kill(process.pid, "SIGKILL");');
      await withWorker("done();", async (options) => {
        await expect(runLocally([0, 1, 2], { ...options, program }, never)).rejects.toThrow("before it was ready (SIGKILL)");
        const killsOnce = `import { existsSync, writeFileSync } from "node:fs";
          if (!existsSync("${folder}/killed")) { writeFileSync("${folder}/killed", ""); process.kill(process.pid, "SIGKILL"); }
          await import("${options.program}");`;
        await writeFile(program, killsOnce);
        expect(await runLocally([0, 1, 2], { ...options, program }, never)).toEqual([]);
      });
    }));

  it.each([
    ["emits", "/does/not/exist/node", process.env],
    ["throws", process.execPath, { ...process.env, TOO_LONG: "x".repeat(1_000_000) }],
  ])("ends all workers if another cannot be started, which Node %s", (_, node, environment) =>
    withWorker("", async (options) => {
      const ended: number[] = [];
      const { execPath } = process;
      let starts = 0;
      // The second start asks for the environment once more.
      const failing: LocalEngineOptions = {
        ...options,
        onExit: (worker) => ended.push(worker),
        get environment() {
          starts += 1;
          process.execPath = starts === 1 ? execPath : node;
          return starts === 1 ? options.environment : environment;
        },
      };
      try {
        await expect(runLocally([0, 1], failing, never)).rejects.toThrow(/spawn/);
      } finally {
        process.execPath = execPath;
      }
      expect([starts, ended.length]).toEqual([2, 1]);
    }),
  );

  it("uses a process that was started early as its first worker, and starts the others", () =>
    withWorker("done();", async (options) => {
      const early = new EarlyWorker(options);
      const pids: number[] = [];
      const onExit = (worker: number) => pids.push(worker);
      const taken = vi.spyOn(early, "take");
      expect(await runLocally([0, 1, 2, 3], { ...options, early, onExit }, never)).toEqual([]);
      const first = taken.mock.results[0]?.value as ChildProcess;
      expect(pids).toHaveLength(2);
      expect(pids).toContain(first.pid);
      expect(taken.mock.results[1]?.value).toBeUndefined();
    }));

  it("starts a worker of its own if the early process has ended or could not start", () =>
    withWorker("done();", async (options) => {
      const ended = new EarlyWorker({ ...options, program: "/does/not/exist.mjs" });
      const { execPath } = process;
      process.execPath = "/does/not/exist/node";
      const never = new EarlyWorker(options);
      process.execPath = execPath;
      await vi.waitUntil(() => !ended.isAlive && !never.isAlive, { timeout: 20_000 });
      for (const early of [ended, never]) {
        expect(await runLocally([0], { ...options, early }, new AbortController().signal)).toEqual([]);
      }
    }));

  it("stops on a signal, with the reason of the signal", () =>
    withWorker("", async (options) => {
      const stop = new AbortController();
      const running = runLocally([0, 1, 2], { ...options, onMessage: () => stop.abort(new Error("enough")) }, stop.signal);
      await expect(running).rejects.toThrow("enough");
    }));
});

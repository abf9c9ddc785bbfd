// Workers whose engine is gone: they end, whenever that happened.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FromWorker } from "../../src/engine/messages.ts";
import { serveTasks } from "../../src/worker/worker.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";

const PROGRAM = new URL("../../bin/prep.js", import.meta.url).pathname;

/** Works in an output with one shard and the name of its run. */
function inOutput(work: (output: string, run: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const list = await writeParquet(join(folder, "list.parquet"), "SELECT 'ftp://a.test/a.jpg' AS url");
    const output = join(folder, "out");
    expect(await runPrep(["download", list, "--output", output, "--output-format", "dummy"])).toMatchObject({ code: 0 });
    const plan = JSON.parse(await readFile(join(output, "_prep", "plan.json"), "utf8")) as { readonly run: string };
    await work(output, plan.run);
  });
}

it("a worker ends if it loses its engine while it starts or when it is ready", () =>
  inOutput(async (output, run) => {
    for (const moment of ["spawn", "message"]) {
      const worker = spawn(process.execPath, [PROGRAM, "task", output, "--serve"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
      if (moment === "message") worker.send({ kind: "open", job: { run } });
      await once(worker, moment);
      worker.disconnect();
      expect(await once(worker, "exit"), moment).toEqual([0, null]);
    }
  }));

it("serving tasks ends if the engine is lost while the worker opens its resources", () =>
  inOutput(async (output, run) => {
    const sent: string[] = [];
    const channel = { send: ({ kind }: FromWorker) => sent.push(kind), onMessage: () => undefined };
    const signal = AbortSignal.abort(new Error("the engine is gone"));
    await serveTasks(output, { run, redo: undefined, workers: 1 }, channel, { environment: process.env, now: Date.now, signal });
    // It said that it was ready, did nothing, and returned.
    expect(sent).toEqual(["ready"]);
  }));

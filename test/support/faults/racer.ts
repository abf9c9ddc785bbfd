// A worker process that a test directs itself, so that several can race over the same tasks.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FromWorker, ToWorker } from "../../../src/engine/messages.ts";
import { PROGRAM } from "../run-prep.ts";

/** Shards that a racer has open at a time, as with the local engine. */
const OPEN_TASKS = 2;

/** A worker process. */
export interface Racer {
  readonly process: ChildProcess;
  /** Resolves when it is ready for tasks. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, with the signal that ended it. */
  readonly gone: Promise<NodeJS.Signals | null>;
  /** Whether tasks were open when it ended. */
  wasBusy(): boolean;
  /** Errors that it reported. */
  readonly failures: readonly string[];
}

/** Starts a worker that does these tasks in order, two at a time, and then ends. */
export function startRacer(output: string, tasks: readonly number[], env: Record<string, string> = {}): Racer {
  const queue = [...tasks];
  const working = new Set<number>();
  const failures: string[] = [];
  const child = fork(PROGRAM, ["task", output, "--serve"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const send = (message: ToWorker) => {
    if (child.connected) child.send(message, () => undefined);
  };
  send({ kind: "open", job: {} });
  const feed = () => {
    while (working.size < OPEN_TASKS) {
      const task = queue.shift();
      if (task === undefined) break;
      working.add(task);
      send({ kind: "task", task });
    }
    if (working.size === 0) send({ kind: "stop" });
  };
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
  const ready = new Promise<void>((resolve) => {
    void gone.then(() => resolve());
    child.on("message", (message: FromWorker) => {
      if (message.kind === "failed") failures.push(message.error.message);
      if (message.kind === "done") working.delete(message.task);
      if (message.kind === "ready") resolve();
      if (message.kind === "ready" || message.kind === "done") feed();
    });
  });
  return { process: child, ready, gone, wasBusy: () => working.size > 0, failures };
}

/** Numbers of the shards without a record, of this many shards, in random order. */
export function undoneShards(output: string, shards: number): number[] {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const open = all.filter((shard) => !existsSync(join(output, `${String(shard).padStart(5, "0")}_stats.json`)));
  return shuffled(open);
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);
}

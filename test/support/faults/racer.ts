// A worker as the local engine starts it, directed by the test instead: several of them race over the same tasks.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FromWorker, ToWorker } from "../../../src/engine/messages.ts";
import { PROGRAM } from "../run-prep.ts";

/** Shards that a racer has in work at a time, as the local engine gives them. */
const IN_WORK = 2;

/** A worker process. */
export interface Racer {
  readonly process: ChildProcess;
  /** Resolves when it waits for tasks. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone: by which signal, if by one. */
  readonly gone: Promise<NodeJS.Signals | null>;
  /** Whether tasks were in work when it went. */
  wasBusy(): boolean;
  /** Errors of the run that it reported. */
  readonly failures: readonly string[];
}

/** Starts a worker that works through these tasks, two at a time, in the order given, then ends. */
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
    while (working.size < IN_WORK) {
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

/** Numbers of the shards, of this many, that have no record yet; in an order of their own. */
export function undone(output: string, shards: number): number[] {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const open = all.filter((shard) => !existsSync(join(output, `${String(shard).padStart(5, "0")}_stats.json`)));
  return shuffled(open);
}

/** A list in random order. */
export function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);
}

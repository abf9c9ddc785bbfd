// Processes as containers on one machine have them: each is number 1 of its own, all have one host name, and one volume.
import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PrepResult } from "./run-prep.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/prep.js", import.meta.url));

/** A container's only program runs until it ends, or until the container is killed. */
export interface Container {
  readonly result: Promise<PrepResult>;
  /** What it has written to stderr so far. */
  said(): string;
  /** As `docker kill` does; resolves when every process in it is gone. */
  kill(): Promise<void>;
}

/** Whether namespaces are permitted here; says so where they are not, since tests are then left out. */
export function canContain(): boolean {
  try {
    const script = 'hostname box && test "$$" = 1';
    execFileSync("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "sh", "-c", script], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("SKIPPED: tests in containers need root and the permission to make namespaces");
    return false;
  }
}

/** Starts `prep` as process 1 of a container. */
export function startContained(args: readonly string[], env: Record<string, string> = {}): Container {
  const inside = ["sh", "-c", 'hostname box && exec "$@"', "sh", process.execPath, PROGRAM, ...args];
  const child = spawn("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", "--uts", ...inside], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  // Its streams are closed when the last process that has them is gone.
  const result = new Promise<PrepResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
  return {
    result,
    said: () => texts.stderr,
    kill: async () => {
      child.kill("SIGKILL");
      await result;
    },
  };
}

// Starts prep as a container does: as process 1 of its own namespace, under one host name for all.
import { execFileSync, spawn } from "node:child_process";
import { collectOutput, PROGRAM, type PrepResult } from "./run-prep.ts";

const UNSHARE = ["--pid", "--fork", "--kill-child", "--mount-proc", "--uts"];

/** A container whose only program is `prep`. */
export interface Container {
  readonly result: Promise<PrepResult>;
  /** What it has written to stderr so far. */
  stderrSoFar(): string;
  /** Kills the container as `docker kill` does; resolves when every process in it is gone. */
  kill(): Promise<void>;
}

/** Whether this machine permits namespaces; prints a notice when it does not, because tests are skipped then. */
export function canContain(): boolean {
  try {
    execFileSync("unshare", [...UNSHARE, "sh", "-c", 'hostname box && test "$$" = 1'], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("SKIPPED: tests in containers need root and the permission to make namespaces");
    return false;
  }
}

/** Starts `prep` as process 1 of a container. */
export function startContained(args: readonly string[], env: Readonly<Record<string, string>> = {}): Container {
  const command = ["sh", "-c", 'hostname box && exec "$@"', "sh", process.execPath, PROGRAM, ...args];
  const child = spawn("unshare", [...UNSHARE, ...command], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const { result, stderrSoFar } = collectOutput(child);
  return {
    result,
    stderrSoFar,
    kill: async () => {
      child.kill("SIGKILL");
      await result;
    },
  };
}

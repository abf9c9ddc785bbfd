// Starts bin/prep.js as a user does and collects what it says.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../bin/prep.js", import.meta.url));

/** How a `prep` ended. */
export interface PrepResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `prep`. */
export interface RunningPrep {
  readonly process: ChildProcess;
  readonly result: Promise<PrepResult>;
}

/** Starts `prep` with these arguments, in a process group of its own. */
export function startPrep(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): RunningPrep {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const result = new Promise<PrepResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, result };
}

/** Runs `prep` to its end. */
export async function runPrep(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<PrepResult> {
  return await startPrep(args, options).result;
}

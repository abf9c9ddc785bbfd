// Runs `prep` in this process, for tests of its words and exit codes: a process of its own costs each of a hundred cases a third of a second.
import { runProgram } from "../../src/cli/program.ts";
import type { PrepResult } from "./run-prep.ts";

/** Runs `prep` to its end in this process. One at a time: working folder, exit code and streams are the process's. */
export async function runPrepHere(args: readonly string[], { cwd = process.cwd() }: { cwd?: string } = {}): Promise<PrepResult> {
  const said = { stdout: "", stderr: "" };
  const home = process.cwd();
  const { exitCode } = process;
  const signals = (["SIGINT", "SIGTERM"] as const).map((name) => ({ name, listeners: process.listeners(name) }));
  const written = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const own = stream.write;
    stream.write = ((text: string | Uint8Array) => {
      said[name] += typeof text === "string" ? text : Buffer.from(text).toString();
      return true;
    }) as typeof stream.write;
    return { stream, own };
  });
  process.exitCode = undefined;
  process.chdir(cwd);
  try {
    await runProgram(args);
    return { code: Number(process.exitCode ?? 0), signal: null, ...said };
  } finally {
    process.chdir(home);
    process.exitCode = exitCode;
    for (const { stream, own } of written) stream.write = own;
    for (const { name, listeners } of signals) {
      for (const listener of process.listeners(name)) if (!listeners.includes(listener)) process.off(name, listener);
    }
  }
}

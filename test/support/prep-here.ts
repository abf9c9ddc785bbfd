// Runs prep in the test's own process, which saves the start of Node.
import { runProgram } from "../../src/cli/program.ts";
import type { PrepResult } from "./run-prep.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

let isRunning = false;

/**
 * Runs `prep` to its end in this process, as `runPrep` does in one of its own. One call at a time: it borrows the working
 * folder, the environment, the exit code and both streams of this process, and gives them back. Throws for a second call.
 */
export async function runPrepHere(
  args: readonly string[],
  { cwd = process.cwd(), env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<PrepResult> {
  if (isRunning) throw new Error("runPrepHere runs one prep at a time; runPrep runs several");
  isRunning = true;
  const output = { stdout: "", stderr: "" };
  const folderBefore = process.cwd();
  const exitCodeBefore = process.exitCode;
  const environmentBefore = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const listenersBefore = SIGNALS.map((name) => ({ name, listeners: process.listeners(name) }));
  const writersBefore = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const write = stream.write;
    stream.write = ((text: string | Uint8Array) => {
      output[name] += typeof text === "string" ? text : Buffer.from(text).toString();
      return true;
    }) as typeof stream.write;
    return { stream, write };
  });
  process.exitCode = undefined;
  Object.assign(process.env, env);
  try {
    process.chdir(cwd);
    await runProgram(args);
    return { code: Number(process.exitCode ?? 0), signal: null, ...output };
  } finally {
    isRunning = false;
    process.chdir(folderBefore);
    process.exitCode = exitCodeBefore;
    for (const [name, value] of environmentBefore) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    for (const { stream, write } of writersBefore) stream.write = write;
    for (const { name, listeners } of listenersBefore) {
      for (const listener of process.listeners(name)) if (!listeners.includes(listener)) process.off(name, listener);
    }
  }
}
